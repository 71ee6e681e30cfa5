#pragma once

#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace tarifa
{

/// Whose problem it is. The value is also the exit code of the process.
enum class Fault : int
{
  usage = 2,     ///< wrong option, wrong config: the person at the keyboard can fix it
  data = 3,      ///< an input breaks its own description
  storage = 4,   ///< file missing, disk full, HDF5 refused
  internal = 5,  ///< our bug
  balance = 6,   ///< the balance sheet does not add up: nothing is published
  stopped = 75,  ///< stopped at a checkpoint: the same command line goes on
};

/// The one exception type of the project.
///
/// The message reads from the outside in, each layer adding what it was doing:
/// "mirror: shard 17 of 96: column 'partner' has 12 rows, expected 40".
class Error final : public std::exception
{
 public:
  Error(Fault fault, std::string message) : fault_(fault), message_(std::move(message)) {}

  Fault fault() const noexcept { return fault_; }
  char const* what() const noexcept override { return message_.c_str(); }

  /// Same error, with the activity of an outer layer in front.
  Error within(std::string_view activity) const
  {
    return activity.empty() ? *this : Error(fault_, std::string(activity) + ": " + message_);
  }

 private:
  Fault fault_;
  std::string message_;
};

/// Throws unless `ok`; for checks on input that stay on in release builds.
inline void require(bool ok, Fault fault, std::string_view message)
{
  if (!ok)
  {
    throw Error(fault, std::string(message));
  }
}

/// The same with a message that is made only when it is needed: for checks that run for every value.
template <std::invocable Message>
void require(bool ok, Fault fault, Message&& message)
{
  if (!ok)
  {
    throw Error(fault, message());
  }
}

}  // namespace tarifa
