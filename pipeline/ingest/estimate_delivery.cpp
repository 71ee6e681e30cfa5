#include "pipeline/ingest/estimate_delivery.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/csv/byte_source.hpp"
#include "pipeline/ingest/delivery_keys.hpp"
#include "pipeline/ingest/input_files.hpp"
#include "pipeline/run/amount_text.hpp"

namespace tarifa
{
namespace
{

/// Files that are looked into, of many some, and how far.
constexpr std::size_t most_samples = 16;
constexpr std::size_t sample_bytes = 256U << 10U;

/// [bytes of text] Of a record, from the beginning of some of the files. A quoted line break counts as an
/// end.
double record_bytes(std::vector<InputFile> const& files)
{
  std::size_t const step = (files.size() + most_samples - 1) / most_samples;
  std::string text(sample_bytes, '\0');
  std::int64_t bytes = 0, lines = 0;
  for (std::size_t f = 0; f < files.size(); f += step)
  {
    std::size_t const got = ByteSource::open(files[f].path)->read(text.data(), text.size());
    std::string_view const sample(text.data(), got);
    std::size_t const begin = std::min<std::size_t>(files[f].header_bytes, got);
    lines += std::count(sample.begin() + static_cast<std::ptrdiff_t>(begin), sample.end(), '\n');
    bytes += static_cast<std::int64_t>(got - begin);
  }
  return static_cast<double>(bytes) / static_cast<double>(std::max<std::int64_t>(lines, 1));
}

/// A place for every block that BlockFeed cuts.
std::vector<WorkUnit> blocks_of(std::vector<InputFile> const& files, std::int64_t block_bytes,
                                double of_record)
{
  std::vector<WorkUnit> units;
  for (InputFile const& file : files)
  {
    auto const size = static_cast<std::int64_t>(file.bytes_on_disk);
    std::int64_t const step = file.seekable ? block_bytes : std::max<std::int64_t>(size, 1);
    double const text = file.seekable ? 1 : static_cast<double>(usual_compression);
    for (std::int64_t begin = 0; begin < size; begin += step)
    {
      std::int64_t const bytes = std::min(step, size - begin);
      units.push_back({static_cast<std::int64_t>(static_cast<double>(bytes) * text / of_record), bytes});
    }
  }
  return units;
}

/// [bytes on disk] Of a record delivered, in the latest vintage of the table; 0 when there is none.
double archive_bytes_of_record(std::filesystem::path const& archive, std::string const& table,
                               std::string& basis)
{
  if (!std::filesystem::is_directory(archive))
  {
    return 0;
  }
  std::vector<std::string> const vintages = vintages_of(archive, table);
  if (vintages.empty())
  {
    return 0;
  }
  Manifest const latest = read_manifest(archive, table, vintages.back());
  std::int64_t records = 0, bytes = 0;
  for (Manifest::SourceFile const& file : latest.sources)
  {
    records += file.records;
  }
  for (Manifest::Partition const& partition : latest.partitions)
  {
    for (PartDigest const& part : partition.parts)
    {
      bytes += part.bytes;
    }
  }
  basis += fmt::format(", bytes on disk a record as in vintage {}", latest.vintage);
  return static_cast<double>(bytes) / static_cast<double>(std::max<std::int64_t>(records, 1));
}

/// Staged rows are not packed.
std::int64_t scratch_bytes_of_row(Source const& source)
{
  constexpr std::int64_t of_cell = 5, of_key = 24;
  return of_cell * std::ssize(source.columns) + (DeliveryKeys::are_wanted(source) ? of_key : 0);
}

}  // namespace

Estimate estimate_delivery(Run const& run, Source const& source,
                           std::vector<std::filesystem::path> const& paths, IngestSettings const& settings)
{
  Comm const& comm = run.comm;
  std::vector<InputFile> const files = examine_inputs(comm, source, paths);
  return comm.all_or_none(
      "input files",
      [&]
      {
        Estimate estimate;
        if (!comm.is_root())
        {
          return estimate;
        }
        double const of_record = record_bytes(files);
        estimate.kind = source.table;
        estimate.unit = "block";
        estimate.units = blocks_of(files, settings.block_bytes, of_record);
        for (WorkUnit const& unit : estimate.units)
        {
          estimate.rows += unit.rows;
        }
        bool const any_packed =
            std::any_of(files.begin(), files.end(), [](InputFile const& file) { return !file.seekable; });
        estimate.basis = fmt::format(
            "sizes of {}, {:.0f} bytes a record in the first of them{}",
            counted(static_cast<std::int64_t>(files.size()), "file"), of_record,
            any_packed ? fmt::format(", compressed text taken as {} times its size", usual_compression) : "");
        double const known = archive_bytes_of_record(settings.archive, source.table, estimate.basis);
        constexpr double usual_share_of_text = 0.45;
        double const of_row = known > 0 ? known : usual_share_of_text * of_record;
        auto const rows = static_cast<double>(estimate.rows);
        if (!run.settings.check)
        {
          estimate.result_bytes = static_cast<std::int64_t>(rows * of_row);
          estimate.scratch_bytes = estimate.rows * scratch_bytes_of_row(source);
        }
        estimate.rates.nanoseconds = 600;
        estimate.rates.thread_bytes = 18 << 20;
        estimate.rates.kept_bytes = 10;  // of dictionaries
        estimate.makes = settings.archive.string();
        return estimate;
      });
}

}  // namespace tarifa
