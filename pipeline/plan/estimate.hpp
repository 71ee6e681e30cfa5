#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tarifa
{

/// A shard, part, block or file that one rank works on at a time.
struct WorkUnit
{
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  ///< read or written
};

/// How units become the work of ranks.
enum class Dealing : std::uint8_t
{
  shares,   ///< in order, near equal rows: a unit belongs to the rank in whose share its first row lies
  in_turn,  ///< one after the other
  root,     ///< all to the root
};

/// What a job takes, for each row it goes through. Built-in rates are orders of magnitude, taken on one
/// machine; a run that was measured corrects them (Forecast).
struct Rates
{
  double nanoseconds = 0;               ///< of one core
  std::int64_t rank_bytes = 30 << 20;   ///< memory of a rank before it has done anything: libraries, MPI
  std::int64_t thread_bytes = 5 << 20;  ///< memory of each thread of it
  double kept_bytes = 0;                ///< memory, for rows that stay until the end
  double grouped_bytes = 0;             ///< memory, for rows that are kept within --run.memory
};

/// What a job has to do, found without doing it. A job that says nothing is planned after its last run.
struct Estimate
{
  std::int64_t rows = 0;       ///< what RunFacts::rows will be, about; 0 = it does not say
  std::string unit = "shard";  ///< name of a unit, in the singular
  std::vector<WorkUnit> units;
  Dealing dealing = Dealing::shares;
  Rates rates;
  std::string kind;                ///< as in Run::kind
  std::string makes;               ///< path: earlier runs and free space are looked for beside it
  std::int64_t result_bytes = 0;   ///< on disk, of what it leaves
  std::int64_t scratch_bytes = 0;  ///< on disk, on top while it runs: scratch files, checkpoint
  std::string basis;               ///< where rows and bytes come from, for people
};

}  // namespace tarifa
