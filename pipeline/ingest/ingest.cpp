#include "pipeline/ingest/ingest.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/manifest.hpp"
#include "pipeline/ingest/delivery_keys.hpp"
#include "pipeline/ingest/input_files.hpp"
#include "pipeline/ingest/parsed_delivery.hpp"
#include "pipeline/ingest/part_assembly.hpp"
#include "pipeline/ingest/reject_file.hpp"
#include "pipeline/ingest/stage_index.hpp"
#include "pipeline/ingest/superseded_flags.hpp"
#include "pipeline/ingest/vintage_files.hpp"
#include "pipeline/resume/claim.hpp"
#include "pipeline/run/provenance.hpp"

namespace tarifa
{
namespace
{

/// Scratch folder of one run; the root makes and removes it. `shared` = of a name that two runs may have at
/// once: the folder then gets an ending of its own.
class StageFolder
{
 public:
  StageFolder(Comm const& comm, std::filesystem::path const& path, bool shared) : comm_(comm), stays_(!shared)
  {
    std::string const made = comm_.all_or_none("scratch folder",
                                               [&]
                                               {
                                                 if (!comm_.is_root())
                                                 {
                                                   return std::string();
                                                 }
                                                 if (shared)
                                                 {
                                                   return made_unique(path.string());
                                                 }
                                                 make_folders(path);
                                                 return path.string();
                                               });
    path_ = comm_.broadcast(made, 0);
  }
  ~StageFolder()
  {
    if (comm_.is_root() && !stays_)
    {
      std::error_code ignored;
      std::filesystem::remove_all(path_, ignored);
    }
  }
  StageFolder(StageFolder const&) = delete;
  StageFolder& operator=(StageFolder const&) = delete;
  std::filesystem::path const& path() const noexcept { return path_; }
  void take() noexcept { stays_ = false; }  ///< what is in it is of this run
  void leave() noexcept { stays_ = true; }  ///< for the run that goes on

 private:
  static std::string made_unique(std::string path)
  {
    path += "-XXXXXX";
    require(::mkdtemp(path.data()) != nullptr, Fault::storage,
            path + ": cannot be made: " + std::strerror(errno));
    return path;
  }

  Comm const& comm_;
  std::filesystem::path path_;
  bool stays_;  ///< as it does until it is known whose work is in it
};

/// All steps of one ingest, with what they hand to each other.
class Ingest
{
 public:
  Ingest(Run& run, Source const& source, std::vector<std::filesystem::path> const& paths,
         IngestSettings const& settings)
      : run_(run)
      , comm_(run.comm)
      , log_(run.log)
      , source_(source)
      , settings_(settings)
      , check_only_(run.settings.check)
      , team_(run.settings.threads)
      , reasons_(source)
      , schema_(archive_schema(source))
      , files_(examine_inputs(comm_, source, paths))
      , delivery_(comm_, source, reasons_, files_)
      , keys_(comm_, source, delivery_, files_.size())
  {
  }

  IngestReport run()
  {
    if (already_complete())
    {
      on_root("scratch folder", [&] { remove_remains(); });
      return report_;
    }
    tell_unused_fields();
    StageFolder stage(comm_, scratch_path(), check_only_);
    DeliveryCheckpoint checkpoint(run_, stage.path(), !check_only_, made_of());
    stage.take();
    try
    {
      make_vintage(stage.path(), checkpoint);
    }
    catch (...)
    {
      // What is wrong with the delivery is so the next time. Anything else may be mended, and the same
      // command line goes on.
      Fault const fault = current_error("").fault();
      if (checkpoint.is_on_disk() && fault != Fault::data && fault != Fault::balance)
      {
        stage.leave();
      }
      throw;
    }
    return report_;
  }

 private:
  void make_vintage(std::filesystem::path const& stage_folder, DeliveryCheckpoint& checkpoint)
  {
    log_.stage("reading");
    delivery_.parse(team_, log_,
                    {stage_folder, check_only_ ? AppendMode::discard : AppendMode::write,
                     static_cast<std::uint64_t>(settings_.block_bytes),
                     static_cast<std::uint64_t>(settings_.stretch_bytes), DeliveryKeys::are_wanted(source_)},
                    checkpoint);
    keys_.settle(team_, log_, place_of_keys(stage_folder));
    close_balance();
    if (check_only_)
    {
      return;
    }
    Manifest manifest;
    try
    {
      manifest = write_pending(stage_folder, checkpoint.is_on_disk());
    }
    catch (...)
    {
      // All ranks are here together. What is not whole does not exist for readers, and is not left for
      // people.
      if (comm_.is_root())
      {
        place_->clear();
      }
      throw;
    }
    log_.stage("publishing");
    on_root("publishing the vintage", [&] { place_->install(manifest); });
    delivery_.remove_stage(team_);
    checkpoint.remove();
  }

  /// Of a run that was killed between publishing and tidying up; not of one that is making the vintage anew.
  void remove_remains() const
  {
    auto const published =
        std::filesystem::last_write_time(manifest_path(settings_.archive, source_.table, report_.vintage));
    if (!std::filesystem::is_directory(scratch_path()))
    {
      return;
    }
    for (auto const& entry : std::filesystem::directory_iterator(scratch_path()))
    {
      if (entry.last_write_time() >= published)
      {
        return;
      }
    }
    std::filesystem::remove_all(scratch_path());
  }

  /// By what a run knows that it goes on with the same delivery. Its files are told by their names, sizes and
  /// times: their content is what takes so long to read.
  std::vector<Note> made_of() const
  {
    std::vector<Note> notes = provenance(run_, {});
    std::string const files =
        comm_.all_or_none("input files",
                          [&]
                          {
                            std::string lines;
                            for (InputFile const& file : files_)
                            {
                              auto const time = comm_.is_root() ? std::filesystem::last_write_time(file.path)
                                                                : std::filesystem::file_time_type();
                              lines += fmt::format("{}, {} bytes, of {}\n", file.path.string(),
                                                   file.bytes_on_disk, time.time_since_epoch().count());
                            }
                            return lines;
                          });
    notes.push_back({"files", comm_.broadcast(files, 0)});
    notes.push_back({"source", digest_of_text(source_.text)});
    notes.push_back({"vintage", report_.vintage});
    notes.push_back({"block size", fmt::format("{}", settings_.block_bytes)});
    return notes;
  }

  /// Once for files with the same header.
  void tell_unused_fields() const
  {
    std::vector<std::string> told;
    for (InputFile const& file : files_)
    {
      if (!file.header.unused.empty() && file.header.unused != told)
      {
        told = file.header.unused;
        log_.info(fmt::format("ingest: {}: fields that no column asks for: {}", file.path.filename().string(),
                              fmt::join(told, ", ")));
      }
    }
  }

  static Manifest::Description description_of(Source const& source)
  {
    return {source.name, source.title, source.origin, source.schema_version, digest_of_text(source.text)};
  }

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
      parent = check_only_ ? std::filesystem::temp_directory_path() : settings_.archive;
    }
    return parent / (".ingest-" + source_.table + "-" + report_.vintage);
  }

  /// Settles the vintage and claims it. A delivery that was ingested before is done, so that a requeued job
  /// does not count it twice.
  bool already_complete()
  {
    choose();
    for (std::string claimed; !check_only_ && claimed != report_.vintage;)
    {
      claimed = report_.vintage;
      claim();
      // Another run may have published it since it was chosen.
      choose();
    }
    place_.emplace(settings_.archive, source_.table, report_.vintage);
    return report_.already_complete;
  }

  void choose()
  {
    Delivery const delivery{source_.table,           settings_.vintage,    run_.settings.redo,
                            description_of(source_), settings_.shard_rows, files_};
    VintageChoice const choice = comm_.all_or_none(
        "vintages",
        [&] { return comm_.is_root() ? choose_vintage(settings_.archive, delivery) : VintageChoice{}; });
    report_.vintage = comm_.broadcast(choice.vintage, 0);
    report_.already_complete = comm_.sum(std::int64_t{choice.is_there ? 1 : 0}) > 0;
  }

  /// The vintage, and its scratch folder: that may serve several archives.
  void claim()
  {
    on_root("archive", [&] { make_folders(settings_.archive); });
    claim_.reset();
    std::vector<std::filesystem::path> places = {settings_.archive / scratch_path().filename()};
    if (places.front() != scratch_path())
    {
      places.push_back(scratch_path());
    }
    claim_.emplace(run_, std::move(places));
  }

  DeliveryKeys::Place place_of_keys(std::filesystem::path const& stage_folder) const
  {
    return {settings_.archive, stage_folder, report_.vintage, schema_, run_.settings.memory.count};
  }

  /// Adds up the sheets of all files over all ranks. The bytes read come from the files, not from the
  /// records.
  void close_balance()
  {
    std::vector<BalanceSheet> sheets(files_.size(), BalanceSheet(reasons_.size()));
    for (BlockOutcome const& outcome : delivery_.outcomes())
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
      sheet += keys_.settled().by_file[file];
      sheet.kept =
          sheet.kept - keys_.settled().by_file[file].duplicate - keys_.settled().by_file[file].superseded;
      sheet.read.bytes = static_cast<std::int64_t>(delivery_.read()[file].bytes);
      sheet.set_numbers(comm_.sum(sheet.numbers()));
      sheet.header.bytes = std::min(static_cast<std::int64_t>(files_[file].header_bytes), sheet.read.bytes);
      sheet.header.lines = 1;
      sheet.read.lines += 1;
      sheet.file = files_[file].path.filename().string();
      digests_[file] = digest_of_file(file);
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

  std::string digest_of_file(std::size_t file) const
  {
    // Sums of hashes wrap by intention, so they are added outside Comm::sum, which refuses to.
    ContentDigest const& mine = delivery_.read()[file];
    std::vector<std::int64_t> const all = comm_.gather_all(
        std::vector<std::int64_t>{static_cast<std::int64_t>(mine.bytes), static_cast<std::int64_t>(mine.low),
                                  static_cast<std::int64_t>(mine.high)});
    ContentDigest whole;
    for (std::size_t i = 0; i < all.size(); i += 3)
    {
      whole += {static_cast<std::uint64_t>(all[i]), static_cast<std::uint64_t>(all[i + 1]),
                static_cast<std::uint64_t>(all[i + 2])};
    }
    return whole.hex();
  }

  /// Everything the vintage consists of, whole but not yet in its place.
  /// `stays` = what is staged is not used up, so that another run can go on from it.
  Manifest write_pending(std::filesystem::path const& stage_folder, bool stays)
  {
    log_.stage("writing parts");
    on_root("clearing the vintage", [&] { place_->clear(); });
    StageIndex const index(comm_, stage_folder, delivery_.threads(), delivery_.outcomes(),
                           keys_.settled().drops, source_.columns.size());
    Dictionaries const dictionaries(comm_, team_, stage_folder, delivery_.threads(), index.partitions(),
                                    source_.columns.size());
    AssemblySettings settings{settings_.archive, stage_folder, report_.vintage, place_->pending_folder(),
                              settings_.shard_rows};
    settings.stage_stays = stays;
    if (!source_.balance_value.empty())
    {
      settings.value_column = source_.column(source_.balance_value);
    }
    Assembled const assembled = assemble_parts(comm_, team_, log_, schema_, index, dictionaries, settings);
    check_assembled(assembled);
    std::vector<SupersededFile> const superseded =
        write_superseded(comm_, team_, keys_.earlier(), keys_.settled().superseded,
                         {settings_.archive, source_.table, report_.vintage, place_->pending_folder()});
    check_superseded(superseded);
    write_rejects(comm_, place_->pending_rejects(), stage_folder, files_, reasons_, delivery_.outcomes());
    keys_.require_unchanged(team_, log_, place_of_keys(stage_folder));
    if (report_.total.rejected_total().records > 0)
    {
      report_.rejects = place_->rejects();
    }
    Manifest manifest = manifest_of(assembled, index.partitions(), superseded);
    on_root("rejects", [&] { manifest.rejects = pending_rejects(); });
    return manifest;
  }

  /// As the manifest names them, which the root alone writes.
  std::optional<Manifest::Rejects> pending_rejects() const
  {
    if (!std::filesystem::exists(place_->pending_rejects()))
    {
      return std::nullopt;
    }
    FileDigest const digest = digest_of(place_->pending_rejects());
    return Manifest::Rejects{digest.bytes, digest.hex};
  }

  template <class Work>
  void on_root(std::string_view what, Work&& work) const
  {
    comm_.all_or_none(what,
                      [&]
                      {
                        if (comm_.is_root())
                        {
                          work();
                        }
                      });
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

  /// As many rows must be flagged as the sheet has.
  void check_superseded(std::vector<SupersededFile> const& files)
  {
    std::int64_t rows = 0;
    for (SupersededFile const& file : files)
    {
      rows += file.rows;
    }
    rows = comm_.sum(rows);
    if (rows != report_.total.earlier.records)
    {
      failed_sheet(fmt::format("{} earlier rows were superseded but {} are marked so",
                               report_.total.earlier.records, rows));
    }
  }

  Manifest manifest_of(Assembled const& assembled, std::vector<std::string> const& partitions,
                       std::vector<SupersededFile> const& superseded)
  {
    Manifest manifest;
    manifest.table = schema_;
    manifest.vintage = report_.vintage;
    manifest.shard_rows = settings_.shard_rows;
    manifest.description = description_of(source_);
    manifest.partitions = assembled.partitions;
    manifest.superseded = superseded;
    std::vector<std::string> const texts = comm_.gather_all(manifest_text(manifest));
    manifest.partitions.clear();
    manifest.superseded.clear();
    for (std::string const& name : partitions)
    {
      manifest.partitions.push_back({name, 0, {}});
    }
    for (std::string const& text : texts)
    {
      Manifest const one = parse_manifest(text, "manifest of one rank");
      manifest.superseded.insert(manifest.superseded.end(), one.superseded.begin(), one.superseded.end());
      for (Manifest::Partition const& part : one.partitions)
      {
        auto const at = std::lower_bound(partitions.begin(), partitions.end(), part.name);
        Manifest::Partition& whole = manifest.partitions[static_cast<std::size_t>(at - partitions.begin())];
        whole.rows += part.rows;
        whole.parts.insert(whole.parts.end(), part.parts.begin(), part.parts.end());
      }
    }
    std::ranges::sort(manifest.superseded, {}, &SupersededFile::partition);
    manifest.outranked_by = keys_.settled().outranked_by;
    if (!source_.balance_value.empty())
    {
      manifest.value = {source_.balance_value, report_.total.kept.value, report_.total.earlier.value};
    }
    std::erase_if(manifest.partitions, [](Manifest::Partition const& one) { return one.rows == 0; });
    for (Manifest::Partition& one : manifest.partitions)
    {
      std::sort(one.parts.begin(), one.parts.end(),
                [](PartDigest const& a, PartDigest const& b)
                { return std::pair(a.file.size(), a.file) < std::pair(b.file.size(), b.file); });
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
    return manifest;
  }

  Run& run_;
  Comm const& comm_;
  Log& log_;
  Source const& source_;
  IngestSettings const& settings_;
  bool check_only_;
  ThreadTeam team_;
  Reasons reasons_;
  TableSchema schema_;
  std::vector<InputFile> files_;
  ParsedDelivery delivery_;
  DeliveryKeys keys_;
  std::optional<Claim> claim_;
  std::optional<VintageFiles> place_;
  std::vector<std::string> digests_;
  IngestReport report_;
};

}  // namespace

IngestReport ingest(Run& run, Source const& source, std::vector<std::filesystem::path> const& files,
                    IngestSettings const& settings)
{
  return Ingest(run, source, files, settings).run();
}

}  // namespace tarifa
