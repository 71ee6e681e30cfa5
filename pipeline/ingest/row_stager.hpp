#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pipeline/ingest/code_column.hpp"
#include "pipeline/ingest/parsed_batch.hpp"
#include "pipeline/ingest/run_numbers.hpp"
#include "pipeline/ingest/staged_share.hpp"
#include "pipeline/run/append_file.hpp"

namespace tarifa
{

/// Sorts the kept rows of one thread into partitions and stages them as runs, and remembers which codes and
/// which missing cells every partition has.
class RowStager
{
 public:
  using Codes = std::vector<std::unique_ptr<CodeColumn>>;  ///< [columns] null unless kind code

  RowStager(Source const& source, Codes const& codes, std::filesystem::path path, AppendMode mode,
            int thread);

  /// Where a kept row went.
  struct Place
  {
    std::uint32_t run;
    std::uint16_t row;
  };
  /// Stages the kept rows of a batch; runs that became full are appended to `runs`. Tells the place of every
  /// kept row. [records]
  std::span<Place const> stage(ParsedBatch const& batch, std::vector<RunRef>& runs);
  /// Ends all runs that are begun.
  void end_runs(std::vector<RunRef>& runs);
  void finish() { file_.flush(); }  ///< everything staged can be read afterwards
  /// Counts used codes and missing cells anew from these runs only: after blocks were parsed again, texts
  /// that only a wrong guess produced must leave no trace. Call forget_uses(), count_uses() for all runs that
  /// stay; after finish().
  void forget_uses();
  void count_uses(std::vector<RunRef> const& runs);

  /// Names, codes used and missing cells of all partitions, and the file; nothing more can be staged.
  void hand_over(StagedThread& to);

 private:
  static constexpr std::size_t most_rows = ParsedBatch::most_rows;
  /// A batch that fills a run so far is a run of its own, and a run that is so full is ended.
  static constexpr std::size_t nearly_full = most_rows - most_rows / 8;

  /// Rows of one partition waiting to fill a run.
  struct Waiting
  {
    std::vector<std::vector<std::int64_t>> values;  ///< [columns][rows]
    std::vector<std::vector<std::uint8_t>> valid;   ///< [columns][rows], empty until a cell is missing
    std::size_t rows = 0;
    std::uint32_t run = 0;
  };
  /// Partition of a value of the partition column, remembered: dates repeat by the thousand.
  struct Known
  {
    std::int64_t value = 0;
    std::uint32_t number = 0xFFFFFFFF;  ///< none yet
  };

  std::uint32_t partition_of(ParsedBatch const& batch, std::size_t record);
  std::int64_t partition_key(std::int64_t value) const;
  std::uint32_t add_partition(std::int64_t key);
  void sort_rows(ParsedBatch const& batch);
  void stage_whole(ParsedBatch const& batch, std::uint32_t partition, std::vector<RunRef>& runs);
  void append(ParsedBatch const& batch, std::uint32_t partition, std::vector<RunRef>& runs);
  void end_run(std::uint32_t partition, std::vector<RunRef>& runs);
  void write_run(std::uint32_t partition, std::uint32_t run, std::size_t rows, std::vector<RunRef>& runs);
  void mark_used(std::uint32_t partition, std::size_t column, std::int64_t const* codes,
                 std::uint8_t const* valid, std::size_t rows);

  Source const& source_;
  Codes const& codes_;
  std::size_t columns_;  ///< of the table, without the hidden ones
  std::size_t partition_column_;
  AppendFile file_;
  std::map<std::int64_t, std::uint32_t> numbers_;  ///< by partition key
  std::array<Known, 1024> known_{};
  std::vector<std::string> names_;
  std::vector<std::vector<std::uint8_t>> has_missing_;
  std::vector<std::vector<std::vector<std::uint8_t>>> used_;
  std::vector<Waiting> waiting_;
  RunNumbers numbers_of_runs_;
  std::vector<std::vector<std::uint16_t>> rows_of_;  ///< [partitions] kept rows of the batch
  std::vector<Place> places_;
  std::vector<row_run::Column> run_columns_;  ///< of the run being written
  std::vector<std::byte> encoded_;
};

}  // namespace tarifa
