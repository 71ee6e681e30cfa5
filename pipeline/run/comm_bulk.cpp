// The members of Comm that move more than a number. Counts of MPI 3 are int: every message here stays below
// largest_message_ bytes, however much there is to move.
#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "pipeline/run/comm.hpp"
#include "pipeline/run/comm_waiting.hpp"

namespace tarifa
{
namespace
{

/// Bytes a piece may have so that one from every rank fits into a message.
std::int64_t share_of(std::int64_t largest_message, int ranks)
{
  return std::max<std::int64_t>(1, largest_message / ranks);
}

/// A rank's part of a buffer that all ranks fill in turns.
struct Parts
{
  std::vector<int> counts, offsets;

  explicit Parts(int ranks) : counts(static_cast<std::size_t>(ranks)), offsets(counts.size()) {}
  int total() const { return offsets.back() + counts.back(); }
  void place() { std::exclusive_scan(counts.begin(), counts.end(), offsets.begin(), 0); }
};

/// Bytes [first, first + most) of what has `size` bytes: how many there are.
int piece(std::int64_t size, std::int64_t first, std::int64_t most)
{
  return static_cast<int>(std::clamp<std::int64_t>(size - first, 0, most));
}

}  // namespace

void Comm::broadcast_raw(void* data, std::int64_t bytes, int from) const
{
  for (std::int64_t first = 0; first < bytes; first += largest_message_)
  {
    MPI_Bcast(static_cast<std::byte*>(data) + first, piece(bytes, first, largest_message_), MPI_BYTE, from,
              comm_);
  }
}

std::vector<std::byte> Comm::gather_bytes(std::span<std::byte const> local,
                                          std::vector<std::int64_t>& sizes) const
{
  auto const mine = static_cast<std::int64_t>(local.size());
  sizes.assign(static_cast<std::size_t>(size_), 0);
  {
    Waiting const waiting(waited_microseconds_);
    MPI_Allgather(&mine, 1, MPI_INT64_T, sizes.data(), 1, MPI_INT64_T, comm_);
  }
  std::vector<std::int64_t> starts(sizes.size());
  std::exclusive_scan(sizes.begin(), sizes.end(), starts.begin(), std::int64_t{0});
  std::int64_t const share = share_of(largest_message_, size_);
  std::vector<std::byte> all;
  std::vector<std::byte> round;
  all_or_none("gather",
              [&]
              {
                all.resize(static_cast<std::size_t>(starts.back() + sizes.back()));
                round.resize(std::min(all.size(), static_cast<std::size_t>(share) * sizes.size()));
              });
  std::int64_t const longest = *std::max_element(sizes.begin(), sizes.end());
  Parts parts(size_);
  for (std::int64_t first = 0; first < longest; first += share)
  {
    std::transform(sizes.begin(), sizes.end(), parts.counts.begin(),
                   [&](std::int64_t size) { return piece(size, first, share); });
    parts.place();
    MPI_Allgatherv(local.data() + std::min(first, mine), piece(mine, first, share), MPI_BYTE, round.data(),
                   parts.counts.data(), parts.offsets.data(), MPI_BYTE, comm_);
    for (std::size_t rank = 0; rank < sizes.size(); ++rank)
    {
      std::copy_n(round.begin() + parts.offsets[rank], parts.counts[rank],
                  all.begin() + starts[rank] + std::min(first, sizes[rank]));
    }
  }
  return all;
}

std::vector<std::int64_t> Comm::gather_all(std::span<std::int64_t const> local) const
{
  std::vector<std::int64_t> sizes;
  std::vector<std::byte> const bytes = gather_bytes(std::as_bytes(local), sizes);
  return all_or_none("gather",
                     [&]
                     {
                       std::vector<std::int64_t> values(bytes.size() / sizeof(std::int64_t));
                       if (!values.empty())
                       {
                         std::memcpy(values.data(), bytes.data(), bytes.size());
                       }
                       return values;
                     });
}

std::vector<std::string> Comm::gather_all(std::string const& local) const
{
  std::vector<std::int64_t> sizes;
  std::vector<std::byte> const bytes = gather_bytes(std::as_bytes(std::span(local)), sizes);
  return all_or_none("gather",
                     [&]
                     {
                       std::vector<std::string> texts;
                       auto const* next = reinterpret_cast<char const*>(bytes.data());
                       for (std::int64_t const size : sizes)
                       {
                         texts.emplace_back(next, static_cast<std::size_t>(size));
                         next += size;
                       }
                       return texts;
                     });
}

std::map<std::string, std::int64_t> Comm::sum(std::map<std::string, std::int64_t> const& local) const
{
  std::string names;
  for (auto const& [name, value] : local)
  {
    names += name + '\0';
  }
  std::map<std::string, std::int64_t> total;
  for (std::string const& of_rank : gather_all(names))
  {
    for (std::size_t at = 0; at < of_rank.size(); at = of_rank.find('\0', at) + 1)
    {
      total[of_rank.c_str() + at] = 0;
    }
  }
  std::vector<std::int64_t> values;
  for (auto const& [name, unused] : total)
  {
    auto const found = local.find(name);
    values.push_back(found == local.end() ? 0 : found->second);
  }
  std::vector<std::int64_t> const sums = sum(values);
  auto next = sums.begin();
  for (auto& [name, sum_of_name] : total)
  {
    sum_of_name = *next++;
  }
  return total;
}

std::vector<std::vector<std::byte>> Comm::exchange_bytes(std::vector<std::vector<std::byte>> outgoing) const
{
  auto const ranks = static_cast<std::size_t>(size_);
  all_or_none("exchange", [&]
              { require(outgoing.size() == ranks, Fault::internal, "one buffer for each rank is needed"); });
  std::vector<std::int64_t> send_sizes(ranks);
  std::vector<std::int64_t> receive_sizes(ranks);
  std::transform(outgoing.begin(), outgoing.end(), send_sizes.begin(),
                 [](auto const& bytes) { return static_cast<std::int64_t>(bytes.size()); });
  {
    Waiting const waiting(waited_microseconds_);
    MPI_Alltoall(send_sizes.data(), 1, MPI_INT64_T, receive_sizes.data(), 1, MPI_INT64_T, comm_);
  }
  std::int64_t const share = share_of(largest_message_, size_);
  std::int64_t const longest = max(*std::max_element(send_sizes.begin(), send_sizes.end()));
  std::vector<std::vector<std::byte>> incoming(ranks);
  std::vector<std::byte> sending;
  std::vector<std::byte> receiving;
  all_or_none("exchange",
              [&]
              {
                for (std::size_t rank = 0; rank < ranks; ++rank)
                {
                  incoming[rank].resize(static_cast<std::size_t>(receive_sizes[rank]));
                }
                sending.resize(static_cast<std::size_t>(std::min(share, longest)) * ranks);
                receiving.resize(sending.size());
              });
  Parts out(size_);
  Parts in(size_);
  for (std::int64_t first = 0; first < longest; first += share)
  {
    for (std::size_t rank = 0; rank < ranks; ++rank)
    {
      out.counts[rank] = piece(send_sizes[rank], first, share);
      in.counts[rank] = piece(receive_sizes[rank], first, share);
    }
    out.place();
    in.place();
    for (std::size_t rank = 0; rank < ranks; ++rank)
    {
      std::copy_n(outgoing[rank].begin() + std::min(first, send_sizes[rank]), out.counts[rank],
                  sending.begin() + out.offsets[rank]);
    }
    MPI_Alltoallv(sending.data(), out.counts.data(), out.offsets.data(), MPI_BYTE, receiving.data(),
                  in.counts.data(), in.offsets.data(), MPI_BYTE, comm_);
    for (std::size_t rank = 0; rank < ranks; ++rank)
    {
      std::copy_n(receiving.begin() + in.offsets[rank], in.counts[rank],
                  incoming[rank].begin() + std::min(first, receive_sizes[rank]));
    }
  }
  return incoming;
}

std::vector<std::int64_t> Comm::sum(std::span<std::int64_t const> local) const
{
  Waiting const waiting(waited_microseconds_);
  // The halves of a value are summed apart: neither can overflow below 2^31 ranks, and what the whole would
  // be is known before it is written into 64 bits.
  std::size_t const length = local.size();
  std::vector<std::int64_t> halves(2 * length);
  for (std::size_t i = 0; i < length; ++i)
  {
    halves[i] = local[i] >> 32;
    halves[length + i] = local[i] & 0xffffffff;
  }
  auto const bytes = static_cast<std::int64_t>(halves.size() * sizeof(std::int64_t));
  std::int64_t const step = std::max<std::int64_t>(1, largest_message_ / 8);
  for (std::int64_t first = 0; first < bytes / 8; first += step)
  {
    MPI_Allreduce(MPI_IN_PLACE, halves.data() + first, piece(bytes / 8, first, step), MPI_INT64_T, MPI_SUM,
                  comm_);
  }
  std::vector<std::int64_t> total(length);
  for (std::size_t i = 0; i < length; ++i)
  {
    std::int64_t const high = halves[i] + (halves[length + i] >> 32);
    std::int64_t const low = halves[length + i] & 0xffffffff;
    if (high < std::numeric_limits<std::int32_t>::min() || high > std::numeric_limits<std::int32_t>::max())
    {
      failing_together_ = true;  // the halves, hence the verdict, are the same on every rank
      throw Error(Fault::data, "a sum over ranks does not fit into 64 bits");
    }
    total[i] =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(high) << 32U | static_cast<std::uint64_t>(low));
  }
  return total;
}

}  // namespace tarifa
