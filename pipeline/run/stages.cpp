#include "pipeline/run/stages.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace tarifa
{
namespace
{

constexpr std::size_t figures = 8;

std::array<std::int64_t, figures> as_numbers(StageWork const& work)
{
  return {work.rows,
          work.bytes,
          work.wall_microseconds,
          work.cpu_microseconds,
          work.waiting_microseconds,
          work.read_bytes,
          work.written_bytes,
          work.peak_bytes};
}

StageWork from_numbers(std::int64_t const* n)
{
  return {n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]};
}

}  // namespace

double imbalance_of(std::vector<std::int64_t> const& work)
{
  auto const sum = static_cast<double>(std::accumulate(work.begin(), work.end(), std::int64_t{0}));
  auto const most = static_cast<double>(*std::max_element(work.begin(), work.end()));
  return sum > 0 ? most * static_cast<double>(work.size()) / sum : 1;
}

StageWork Stage::total() const
{
  StageWork total;
  for (StageWork const& one : ranks)
  {
    total.rows += one.rows;
    total.bytes += one.bytes;
    total.wall_microseconds = std::max(total.wall_microseconds, one.wall_microseconds);
    total.cpu_microseconds += one.cpu_microseconds;
    total.waiting_microseconds += one.waiting_microseconds;
    total.read_bytes += one.read_bytes;
    total.written_bytes += one.written_bytes;
    total.peak_bytes = std::max(total.peak_bytes, one.peak_bytes);
  }
  return total;
}

double Stage::imbalance() const
{
  std::vector<std::int64_t> work;
  for (StageWork const& one : ranks)
  {
    work.push_back(one.cpu_microseconds - one.waiting_microseconds);
  }
  return imbalance_of(work);
}

void StageClock::begin(std::string name)
{
  name_ = std::move(name);
  rows_ = 0;
  bytes_ = 0;
  start_ = std::chrono::steady_clock::now();
  before_ = process_usage();
  waited_before_ = comm_.waited_microseconds();
}

void StageClock::count(std::int64_t rows, std::int64_t bytes) noexcept
{
  rows_ += rows;
  bytes_ += bytes;
}

Stage StageClock::end()
{
  ProcessUsage const used = used_since(before_);
  auto const wall = std::chrono::steady_clock::now() - start_;
  StageWork const mine{rows_,
                       bytes_,
                       std::chrono::duration_cast<std::chrono::microseconds>(wall).count(),
                       used.cpu_microseconds,
                       comm_.waited_microseconds() - waited_before_,
                       used.read_bytes,
                       used.written_bytes,
                       used.peak_bytes};
  std::vector<std::int64_t> const all = comm_.gather_all(as_numbers(mine));
  Stage stage{std::exchange(name_, ""), {}};
  for (std::size_t at = 0; at < all.size(); at += figures)
  {
    stage.ranks.push_back(from_numbers(all.data() + at));
  }
  return stage;
}

}  // namespace tarifa
