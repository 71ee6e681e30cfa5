#include "pipeline/ingest/ingest.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/ingest/duplicates.hpp"
#include "pipeline/ingest/input.hpp"
#include "pipeline/ingest/part_assembly.hpp"
#include "pipeline/ingest/reject_file.hpp"
#include "pipeline/ingest/stage_index.hpp"

namespace tarifa
{
namespace
{

/// Scratch folder of one run; the root makes and removes it.
class StageFolder
{
 public:
  StageFolder(Comm const& comm, std::filesystem::path path) : comm_(comm), path_(std::move(path))
  {
    comm_.all_or_none("scratch folder",
                      [&]
                      {
                        if (comm_.is_root())
                        {
                          std::error_code problem;
                          std::filesystem::remove_all(path_, problem);
                          std::filesystem::create_directories(path_, problem);
                          require(!problem, Fault::storage,
                                  path_.string() + ": cannot be made: " + problem.message());
                        }
                      });
  }
  ~StageFolder()
  {
    if (comm_.is_root())
    {
      std::error_code ignored;
      std::filesystem::remove_all(path_, ignored);
    }
  }
  StageFolder(StageFolder const&) = delete;
  StageFolder& operator=(StageFolder const&) = delete;
  std::filesystem::path const& path() const noexcept { return path_; }

 private:
  Comm const& comm_;
  std::filesystem::path path_;
};

/// All steps of one ingest, with what they hand to each other.
class Ingest
{
 public:
  Ingest(Comm const& comm, Log& log, Source const& source, std::vector<std::filesystem::path> const& paths,
         IngestSettings const& settings)
      : comm_(comm)
      , log_(log)
      , source_(source)
      , settings_(settings)
      , team_(settings.threads)
      , reasons_(source)
      , schema_(archive_schema(source))
      , files_(examine_inputs(comm, source, paths))
  {
    for (InputFile const& file : files_)
    {
      headers_.push_back(file.header);
      fields_.push_back(file.fields);
    }
  }

  IngestReport run()
  {
    if (already_complete())
    {
      return report_;
    }
    StageFolder const stage(comm_, scratch_path());
    parse(stage.path());
    log_.info("ingest: input read and staged");
    DropList const drops = drop(stage.path());
    close_balance(drops);
    if (settings_.check_only)
    {
      return report_;
    }
    try
    {
      publish(stage.path(), drops);
    }
    catch (...)
    {
      // All ranks are here together: parts without a manifest do not exist for readers, and are not left for
      // people.
      if (comm_.is_root())
      {
        remove_vintage();
      }
      throw;
    }
    return report_;
  }

 private:
  static TableSchema archive_schema(Source const& source)
  {
    TableSchema schema = source.schema();
    schema.columns.push_back({"record_offset", ColumnKind::integer, 0, 0, "byte",
                              "offset of the record in its decompressed file"});
    schema.columns.push_back({"record_file", ColumnKind::integer, 0, 0, "1",
                              "number of the file among the sources of the vintage"});
    return schema;
  }

  std::filesystem::path scratch_path() const
  {
    std::filesystem::path parent = settings_.stage_folder;
    if (parent.empty())
    {
      parent = settings_.check_only ? std::filesystem::temp_directory_path() : settings_.archive;
    }
    return parent / (".ingest-" + source_.table + "-" + report_.vintage);
  }

  /// Settles the vintage. A delivery that was ingested before is done, so that a requeued job does not count
  /// it twice.
  bool already_complete()
  {
    std::string const answer =
        comm_.all_or_none("vintages", [&] { return comm_.is_root() ? choose_vintage() : std::string(); });
    std::string const told = comm_.broadcast(answer, 0);
    report_.already_complete = told.front() == '=';
    report_.vintage = told.substr(1);
    return report_.already_complete && !settings_.check_only;
  }

  /// By content: a corrected delivery often has the name and even the size of the one before.
  bool is_made_of_these_files(Manifest const& manifest) const
  {
    auto const looks_same = [](Manifest::SourceFile const& known, InputFile const& file)
    {
      return known.name == file.path.filename().string()
             && known.bytes == static_cast<std::int64_t>(file.bytes_on_disk);
    };
    auto const is_same = [](Manifest::SourceFile const& known, InputFile const& file)
    { return known.digest == digest_text(file_digest(file.path)); };
    auto const all = [&](auto const& alike) {
      return std::equal(manifest.sources.begin(), manifest.sources.end(), files_.begin(), files_.end(),
                        alike);
    };
    return all(looks_same) && all(is_same);
  }

  std::string choose_vintage() const
  {
    std::vector<std::string> vintages;
    if (std::filesystem::exists(settings_.archive))
    {
      vintages = vintages_of(settings_.archive, source_.table);
    }
    for (std::string const& vintage : vintages)
    {
      Manifest const manifest = read_manifest(settings_.archive, source_.table, vintage);
      bool const wanted = settings_.vintage.empty() || settings_.vintage == vintage;
      if (wanted && is_made_of_these_files(manifest))
      {
        return (settings_.redo ? "+" : "=") + vintage;
      }
      require(settings_.vintage != vintage || settings_.redo, Fault::usage,
              "vintage " + vintage + " of table " + source_.table
                  + " exists and was made from other files. Choose another name, or replace it with --redo.");
    }
    if (!settings_.vintage.empty())
    {
      require_plain_name(settings_.vintage, "vintage");
      return "+" + settings_.vintage;
    }
    int number = 1;
    while (std::find(vintages.begin(), vintages.end(), fmt::format("v{:04}", number)) != vintages.end())
    {
      ++number;
    }
    return fmt::format("+v{:04}", number);
  }

  void parse(std::filesystem::path const& stage_folder)
  {
    BlockFeed feed(comm_, source_, files_, static_cast<std::uint64_t>(settings_.block_bytes));
    comm_.all_or_none("reading input",
                      [&]
                      {
                        BlockParser::Shared const shared{
                            source_,      reasons_,
                            headers_,     fields_,
                            stage_folder, settings_.check_only ? StageMode::discard : StageMode::write,
                            comm_.rank()};
                        for (int thread = 0; thread < team_.threads(); ++thread)
                        {
                          parsers_.push_back(std::make_unique<BlockParser>(shared, thread));
                        }
                        parse_blocks(feed);
                      });
    mend_guesses(feed);
    comm_.all_or_none("staging",
                      [&]
                      {
                        for (auto const& parser : parsers_)
                        {
                          parser->finish();
                          if (!withdrawn_.empty() && !settings_.check_only)
                          {
                            parser->recount(outcomes_);
                          }
                        }
                      });
    read_ = feed.read();
  }

  void parse_blocks(BlockFeed& feed)
  {
    std::mutex mutex;
    team_.run(
        [&](int thread)
        {
          BlockFeed::Block block;
          while (!team_.failed() && feed.next(block))
          {
            BlockOutcome outcome = parsers_[static_cast<std::size_t>(thread)]->parse(block.text);
            std::scoped_lock const lock(mutex);
            outcomes_.resize(std::max(outcomes_.size(), block.number + 1));
            outcomes_[block.number] = std::move(outcome);
            if (thread == 0)
            {
              log_.progress("ingest: bytes read by rank 0",
                            static_cast<std::int64_t>(feed.bytes_handed_out()),
                            static_cast<std::int64_t>(feed.bytes_total()));
            }
          }
        });
  }

  /// Where a block really began is known once the block before it was parsed. A wrong guess is parsed again
  /// from the right place, until the chain of blocks closes over all ranks.
  void mend_guesses(BlockFeed& feed)
  {
    std::int64_t mended = 1;
    while (mended > 0)
    {
      std::vector<std::int64_t> ends;  // file and exit of the last block of each rank that has any
      if (!outcomes_.empty())
      {
        ends = {comm_.rank(), outcomes_.back().file, static_cast<std::int64_t>(outcomes_.back().exit),
                static_cast<std::int64_t>(outcomes_.back().exit_open)};
      }
      std::vector<std::int64_t> const all = comm_.gather_all(ends);
      std::int64_t const here =
          comm_.all_or_none("checking where blocks begin", [&] { return mend_here(feed, all); });
      mended = comm_.sum(here);
    }
  }

  std::int64_t mend_here(BlockFeed& feed, std::vector<std::int64_t> const& ends)
  {
    std::int64_t mended = 0;
    struct End
    {
      std::uint32_t file;
      std::uint64_t exit;
      bool open;
    };
    std::optional<End> before;
    for (std::size_t i = 0; i < ends.size() && ends[i] < comm_.rank(); i += 4)
    {
      before = {static_cast<std::uint32_t>(ends[i + 1]), static_cast<std::uint64_t>(ends[i + 2]),
                ends[i + 3] != 0};
    }
    for (BlockOutcome& outcome : outcomes_)
    {
      bool const follows = before && before->file == outcome.file;
      if (follows && (outcome.start != before->exit || outcome.start_open != before->open))
      {
        BlockFeed::Block block;
        feed.again(block, outcome.file, outcome.begin, before->exit);
        block.text.open_line = before->open;
        for (RunRef const& run : outcome.runs)
        {
          withdrawn_.insert(run.number);
        }
        outcome = parsers_.front()->parse(block.text);
        ++mended;
      }
      before = {outcome.file, outcome.exit, outcome.exit_open};
    }
    return mended;
  }

  DropList drop(std::filesystem::path const& stage_folder)
  {
    DropList drops;
    drops.by_file.resize(files_.size());
    if (source_.duplicates == DuplicateRule::none)
    {
      return drops;
    }
    std::vector<SpilledKeys> spilled;
    for (std::size_t thread = 0; thread < parsers_.size(); ++thread)
    {
      spilled.push_back({static_cast<int>(thread), &parsers_[thread]->keys()->stretches()});
    }
    return find_duplicates(comm_, team_, source_, stage_folder, spilled, withdrawn_, files_.size());
  }

  /// Adds up the sheets of all files over all ranks. The bytes read come from the files, not from the
  /// records.
  void close_balance(DropList const& drops)
  {
    std::vector<BalanceSheet> sheets(files_.size(), BalanceSheet(reasons_.size()));
    for (BlockOutcome const& outcome : outcomes_)
    {
      BalanceSheet& sheet = sheets[outcome.file];
      Tally read = outcome.read;
      read.bytes = 0;
      sheet.read += read;
      sheet.blank += outcome.blank;
      sheet.kept += outcome.kept;
      sheet.filtered += outcome.filtered;
      sheet.rounding += outcome.rounding;
      sheet.rounded += outcome.rounded;
      for (auto const& [reason, tally] : outcome.rejected)
      {
        sheet.rejected[reason] += tally;
      }
    }
    report_.total = BalanceSheet(reasons_.size());
    report_.total.file = "all files";
    digests_.resize(files_.size());
    for (std::size_t file = 0; file < files_.size(); ++file)
    {
      BalanceSheet& sheet = sheets[file];
      sheet += drops.by_file[file];
      sheet.kept = sheet.kept - drops.by_file[file].duplicate - drops.by_file[file].superseded;
      sheet.read.bytes = static_cast<std::int64_t>(read_[file][0]);
      sheet.set_numbers(comm_.sum(sheet.numbers()));
      sheet.header.bytes = std::min(static_cast<std::int64_t>(files_[file].header_bytes), sheet.read.bytes);
      sheet.header.lines = 1;
      sheet.read.lines += 1;
      sheet.file = files_[file].path.filename().string();
      digests_[file] = digest_text(file);
      report_.total += sheet;
      report_.files.push_back(sheet);
    }
    for (BalanceSheet const& sheet : report_.files)
    {
      require_balanced(sheet);
    }
  }

  void require_balanced(BalanceSheet const& sheet) const
  {
    Tally const gap = sheet.difference();
    if (!gap.is_zero())
    {
      failed_sheet(
          "the balance sheet of " + sheet.file
          + fmt::format(" is off by {} bytes, {} lines, {} records", gap.bytes, gap.lines, gap.records));
    }
  }

  /// Every rank knows the same sums, so every rank throws.
  void failed_sheet(std::string const& message) const
  {
    comm_.all_or_none("balance sheet",
                      [&]
                      {
                        throw Error(Fault::balance, message
                                                        + ". Nothing was published. This is a fault of the program: "
                                                          "please report it with the source file and a sample.");
                      });
  }

  std::string digest_text(std::size_t file) const
  {
    // Sums of hashes wrap by intention, so they are added outside Comm::sum, which refuses to.
    std::vector<std::int64_t> const mine = {static_cast<std::int64_t>(read_[file][1]),
                                            static_cast<std::int64_t>(read_[file][2])};
    std::vector<std::int64_t> const all = comm_.gather_all(mine);
    std::array<std::uint64_t, 2> sums{};
    for (std::size_t i = 0; i < all.size(); i += 2)
    {
      sums[0] += static_cast<std::uint64_t>(all[i]);
      sums[1] += static_cast<std::uint64_t>(all[i + 1]);
    }
    return digest_text(sums);
  }

  static std::string digest_text(std::array<std::uint64_t, 2> const& sums)
  {
    return fmt::format("{:016x}{:016x}", sums[1], sums[0]);
  }

  void publish(std::filesystem::path const& stage_folder, DropList const& drops)
  {
    withdraw_old();
    StageIndex const index(comm_, stage_folder, parsers_, outcomes_, drops.rows, source_.columns.size());
    Dictionaries const dictionaries(comm_, team_, stage_folder, parsers_, index.partitions(),
                                    source_.columns.size());
    AssemblySettings settings{settings_.archive, stage_folder, report_.vintage, settings_.shard_rows};
    if (!source_.balance_value.empty())
    {
      settings.value_column = source_.column(source_.balance_value);
    }
    Assembled const assembled = assemble_parts(comm_, team_, log_, schema_, index, dictionaries, settings);
    log_.info("ingest: parts written");
    check_assembled(assembled);
    write_rejects(comm_, rejects_path(), stage_folder, files_, reasons_, outcomes_);
    if (report_.total.rejected_total().records > 0)
    {
      report_.rejects = rejects_path();
    }
    complete(assembled, index.partitions());
  }

  std::filesystem::path rejects_path() const
  {
    return settings_.archive / source_.table / "rejects" / (report_.vintage + ".csv");
  }

  /// Parts of an unfinished run or of the vintage that is replaced. Its manifest goes first: from then on it
  /// does not exist.
  void withdraw_old() const
  {
    comm_.all_or_none("clearing the vintage",
                      [&]
                      {
                        if (comm_.is_root())
                        {
                          remove_vintage();
                        }
                      });
  }

  void remove_vintage() const
  {
    std::error_code ignored;
    std::filesystem::path const table = settings_.archive / source_.table;
    std::filesystem::remove(manifest_path(settings_.archive, source_.table, report_.vintage), ignored);
    std::filesystem::remove(rejects_path(), ignored);
    std::filesystem::remove(rejects_path().string() + ".partial", ignored);
    for (auto const& partition : std::filesystem::directory_iterator(table, ignored))
    {
      // A plain file or a link that a person put there is not ours to remove.
      std::error_code unknown;
      if (partition.is_directory(unknown))
      {
        std::filesystem::remove_all(partition.path() / report_.vintage, ignored);
      }
      if (partition.is_directory(unknown) && !partition.is_symlink(unknown))
      {
        std::filesystem::remove(partition.path(), ignored);  // only when it is empty now
      }
    }
  }

  /// The rows and the money in the parts must be those the parser kept.
  void check_assembled(Assembled const& assembled)
  {
    auto const low = static_cast<std::int64_t>(assembled.value & 0xFFFFFFFF);
    auto const high = static_cast<std::int64_t>(assembled.value >> 32);
    std::vector<std::int64_t> const sums = comm_.sum(std::vector<std::int64_t>{assembled.rows, high, low});
    Int128 const value = (static_cast<Int128>(sums[1]) << 32) + sums[2];
    if (sums[0] != report_.total.kept.records
        || (!source_.balance_value.empty() && value != report_.total.kept.value))
    {
      failed_sheet(fmt::format("{} records were kept but {} stand in the parts, or their values differ",
                               report_.total.kept.records, sums[0]));
    }
  }

  void complete(Assembled const& assembled, std::vector<std::string> const& partitions)
  {
    Manifest manifest;
    manifest.table = schema_;
    manifest.vintage = report_.vintage;
    manifest.shard_rows = settings_.shard_rows;
    manifest.partitions = assembled.partitions;
    std::vector<std::string> const texts = comm_.gather_all(manifest_text(manifest));
    manifest.partitions.clear();
    for (std::string const& name : partitions)
    {
      manifest.partitions.push_back({name, 0, {}});
    }
    for (std::string const& text : texts)
    {
      for (Manifest::Partition const& part : parse_manifest(text, "manifest of one rank").partitions)
      {
        auto const at = std::lower_bound(partitions.begin(), partitions.end(), part.name);
        Manifest::Partition& whole = manifest.partitions[static_cast<std::size_t>(at - partitions.begin())];
        whole.rows += part.rows;
        whole.parts.insert(whole.parts.end(), part.parts.begin(), part.parts.end());
      }
    }
    std::erase_if(manifest.partitions, [](Manifest::Partition const& one) { return one.rows == 0; });
    for (Manifest::Partition& one : manifest.partitions)
    {
      std::sort(one.parts.begin(), one.parts.end(),
                [](PartDigest const& a, PartDigest const& b) { return a.file < b.file; });
      report_.partitions.push_back(one.name);
      for (PartDigest const& part : one.parts)
      {
        report_.archive_bytes += part.bytes;
      }
    }
    for (std::size_t file = 0; file < files_.size(); ++file)
    {
      manifest.sources.push_back({files_[file].path.filename().string(), digests_[file],
                                  static_cast<std::int64_t>(files_[file].bytes_on_disk),
                                  report_.files[file].read.records});
      manifest.balance["files"].push_back(balance_json(report_.files[file], reasons_));
    }
    manifest.balance["total"] = balance_json(report_.total, reasons_);
    comm_.all_or_none("manifest",
                      [&]
                      {
                        if (comm_.is_root())
                        {
                          write_manifest(settings_.archive, manifest);
                        }
                      });
  }

  Comm const& comm_;
  Log& log_;
  Source const& source_;
  IngestSettings const& settings_;
  ThreadTeam team_;
  Reasons reasons_;
  TableSchema schema_;
  std::vector<InputFile> files_;
  std::vector<HeaderMatch> headers_;
  std::vector<std::size_t> fields_;
  std::vector<std::unique_ptr<BlockParser>> parsers_;
  std::vector<BlockOutcome> outcomes_;
  std::set<std::uint32_t> withdrawn_;
  std::vector<std::array<std::uint64_t, 3>> read_;
  std::vector<std::string> digests_;
  IngestReport report_;
};

}  // namespace

IngestReport ingest(Comm const& comm, Log& log, Source const& source,
                    std::vector<std::filesystem::path> const& files, IngestSettings const& settings)
{
  return Ingest(comm, log, source, files, settings).run();
}

}  // namespace tarifa
