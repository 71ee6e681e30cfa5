#include "pipeline/run/comm.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <new>

#include <unistd.h>

#include "pipeline/run/comm_waiting.hpp"

namespace tarifa
{

MpiSession::MpiSession(int& argc, char**& argv)
{
  // Started without a launcher, Open MPI would start a daemon for this one process: that takes a tenth of a
  // second, and the daemon shares, and may read, its standard input. Only spawning processes needs it.
  ::setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
  int granted = MPI_THREAD_SINGLE;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &granted);
}

MpiSession::~MpiSession()
{
  if (std::uncaught_exceptions() > 0)
  {
    MPI_Abort(MPI_COMM_WORLD, static_cast<int>(Fault::internal));
  }
  MPI_Finalize();
}

Comm::Comm(MPI_Comm parent, std::int64_t largest_message) : largest_message_(largest_message)
{
  MPI_Comm_dup(parent, &comm_);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size_);
}

Comm::~Comm()
{
  MPI_Comm_free(&comm_);
}

std::int64_t Comm::sum(std::int64_t local) const
{
  return sum(std::span(&local, 1)).front();
}

std::int64_t Comm::min(std::int64_t local) const
{
  Waiting const waiting(waited_microseconds_);
  std::int64_t least = 0;
  MPI_Allreduce(&local, &least, 1, MPI_INT64_T, MPI_MIN, comm_);
  return least;
}

std::int64_t Comm::max(std::int64_t local) const
{
  Waiting const waiting(waited_microseconds_);
  std::int64_t most = 0;
  MPI_Allreduce(&local, &most, 1, MPI_INT64_T, MPI_MAX, comm_);
  return most;
}

void Comm::barrier() const
{
  Waiting const waiting(waited_microseconds_);
  MPI_Barrier(comm_);
}

std::int64_t Comm::sum_before(std::int64_t local) const
{
  Waiting const waiting(waited_microseconds_);
  std::int64_t before = 0;
  MPI_Exscan(&local, &before, 1, MPI_INT64_T, MPI_SUM, comm_);
  return is_root() ? 0 : before;
}

std::string Comm::broadcast(std::string text, int from) const
{
  Waiting const waiting(waited_microseconds_);
  auto length = static_cast<std::int64_t>(text.size());
  MPI_Bcast(&length, 1, MPI_INT64_T, from, comm_);
  text.resize(static_cast<std::size_t>(length));
  broadcast_raw(text.data(), length, from);
  return text;
}

std::string host_name()
{
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

namespace
{

/// Any 63-bit hash serves: it is only compared between ranks of one run.
std::int64_t digest(std::string const& text)
{
  return static_cast<std::int64_t>(std::hash<std::string>{}(text) >> 1U);
}

}  // namespace

bool Comm::same_everywhere(std::string const& text) const
{
  std::int64_t const mine = digest(text);
  return min(mine) == max(mine);
}

void Comm::settle(std::optional<Error> const& mine) const
{
  std::int64_t const first = min(mine ? rank_ : size_);
  if (first == size_)
  {
    return;
  }
  failing_together_ = true;
  std::int64_t const failed = sum(std::int64_t{mine ? 1 : 0});
  bool const one_message = same_everywhere(mine ? mine->what() : "") && failed == size_;
  bool const one_host = same_everywhere(host_name());
  int const from = static_cast<int>(first);
  std::string const text = broadcast(mine ? mine->what() : std::string{}, from);
  std::string const host = broadcast(host_name(), from);
  auto const fault = static_cast<Fault>(
      std::stoi(broadcast(std::to_string(mine ? static_cast<int>(mine->fault()) : 0), from)));
  // What every rank found alike (a mistyped option, a missing archive) is no matter of ranks.
  if (one_message)
  {
    throw Error(fault, text);
  }
  throw Error(fault, text)
      .within("rank " + std::to_string(from) + " (" + std::to_string(failed) + " of " + std::to_string(size_)
              + " ranks failed)" + (one_host ? "" : " on " + host));
}

void Comm::abort(Error const& error) const noexcept
{
  std::fprintf(stderr, "rank %d: %s\n", rank_, error.what());
  MPI_Abort(comm_, static_cast<int>(error.fault()));
  std::terminate();
}

Error current_error(std::string_view activity)
{
  try
  {
    throw;
  }
  catch (Error const& e)
  {
    return e.within(activity);
  }
  catch (std::filesystem::filesystem_error const& e)
  {
    return Error(Fault::storage, e.path1().string() + ": " + e.code().message()).within(activity);
  }
  catch (std::bad_alloc const&)
  {
    return Error(Fault::internal, "out of memory").within(activity);
  }
  catch (std::exception const& e)
  {
    return Error(Fault::internal, e.what()).within(activity);
  }
  catch (...)
  {
    return Error(Fault::internal, "unknown exception").within(activity);
  }
}

}  // namespace tarifa
