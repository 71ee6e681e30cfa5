#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <mpi.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{

/// Owns MPI for the life of the process. One per `main`.
///
/// The destructor finalizes only when no exception is in flight; otherwise it aborts the
/// whole job, because a lone rank in MPI_Finalize waits for ever.
class MpiSession
{
 public:
  MpiSession(int& argc, char**& argv);
  ~MpiSession();
  MpiSession(MpiSession const&) = delete;
  MpiSession& operator=(MpiSession const&) = delete;
};

/// A private copy of a communicator, with the few operations this project needs.
///
/// Every member marked [all] must be reached by all ranks, in the same order.
class Comm
{
 public:
  /// [all] duplicates `parent`. `largest_message` bounds what one call of MPI moves and what it needs for
  /// staging [bytes, below 2^31]; tests make it small.
  explicit Comm(MPI_Comm parent, std::int64_t largest_message = std::int64_t{1} << 26);
  ~Comm();
  Comm(Comm const&) = delete;
  Comm& operator=(Comm const&) = delete;

  int rank() const noexcept { return rank_; }
  int size() const noexcept { return size_; }
  bool is_root() const noexcept { return rank_ == 0; }
  MPI_Comm handle() const noexcept { return comm_; }

  std::int64_t sum(std::int64_t local) const;  ///< [all] Error(data) everywhere when 64 bits are too few
  std::int64_t min(std::int64_t local) const;  ///< [all]
  std::int64_t max(std::int64_t local) const;  ///< [all]
  std::int64_t sum_before(std::int64_t local) const;  ///< [all] exclusive scan, 0 on rank 0
  void barrier() const;                               ///< [all]

  /// [all] Element by element; same length on every rank. Error(data) everywhere when 64 bits are too few.
  std::vector<std::int64_t> sum(std::span<std::int64_t const> local) const;

  /// [all] Counts by name: the union of all names, each with its sum. For a few hundred names.
  std::map<std::string, std::int64_t> sum(std::map<std::string, std::int64_t> const& local) const;

  std::string broadcast(std::string text, int from) const;  ///< [all]

  /// [all] What every rank has, one after the other in rank order; lengths may differ.
  std::vector<std::int64_t> gather_all(std::span<std::int64_t const> local) const;
  /// [all] One text of each rank, in rank order.
  std::vector<std::string> gather_all(std::string const& local) const;

  /// [all] Sends outgoing[r] to rank r; returns what each rank sent here. In rounds: staging takes at most
  /// twice `largest_message` bytes besides the buffers themselves.
  std::vector<std::vector<std::byte>> exchange_bytes(std::vector<std::vector<std::byte>> outgoing) const;

  /// [all] Runs `work` on each rank, then settles: either every rank returns, or every rank
  /// throws the same Error (that of the lowest failing rank).
  ///
  /// `work` must not communicate. Put all code that can fail on one rank alone in here.
  template <class Work>
  auto all_or_none(std::string_view activity, Work&& work) const -> std::invoke_result_t<Work>;

  /// CPU time of this thread in the calls marked [all] so far, which is mostly waiting for slower ranks: MPI
  /// waits by asking again and again, so a rank that waits is busy to the system.
  std::int64_t waited_microseconds() const noexcept { return waited_microseconds_; }

  /// True from the moment all ranks threw together; closing collective files is then safe.
  bool failing_together() const noexcept { return failing_together_; }

  /// Last resort: prints and takes every rank down.
  [[noreturn]] void abort(Error const& error) const noexcept;

 private:
  bool same_everywhere(std::string const& text) const;                 // [all]
  void broadcast_raw(void* data, std::int64_t bytes, int from) const;  // [all]
  /// [all] `sizes` receives the number of bytes of each rank.
  std::vector<std::byte> gather_bytes(std::span<std::byte const> local,
                                      std::vector<std::int64_t>& sizes) const;
  void settle(std::optional<Error> const& mine) const;

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  std::int64_t largest_message_;
  mutable bool failing_together_ = false;
  mutable std::int64_t waited_microseconds_ = 0;
};

/// Of the machine this rank runs on.
std::string host_name();

/// The Error equivalent of whatever exception is being handled.
Error current_error(std::string_view activity);

template <class Work>
auto Comm::all_or_none(std::string_view activity, Work&& work) const -> std::invoke_result_t<Work>
{
  using Result = std::invoke_result_t<Work>;
  std::optional<Error> mine;
  if constexpr (std::is_void_v<Result>)
  {
    try
    {
      work();
    }
    catch (...)
    {
      mine = current_error(activity);
    }
    settle(mine);
  }
  else
  {
    std::optional<Result> result;
    try
    {
      result.emplace(work());
    }
    catch (...)
    {
      mine = current_error(activity);
    }
    settle(mine);
    return std::move(*result);
  }
}

}  // namespace tarifa
