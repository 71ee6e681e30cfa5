#include <array>
#include <mutex>
#include <tuple>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/hdf5_items.hpp"
#include "pipeline/archive/hdf5_output.hpp"
#include "pipeline/archive/layout.hpp"
#include "pipeline/archive/part_writer.hpp"
#include "pipeline/archive/superseded.hpp"

namespace tarifa
{

struct SupersededWriter::File
{
  explicit File(std::filesystem::path const& folder) : output(folder / superseded_file_name) {}
  ~File()
  {
    output.give_up();
    std::scoped_lock const lock(hdf5_mutex());
    of_vintage.close();
    all.close();
  }
  File(File const&) = delete;
  File& operator=(File const&) = delete;
  void describe(hid_t root, SupersededPlace const& place);
  void add(SupersededFile::Part const& part, std::int64_t shard_rows, RowFlags const& flags);
  void write_index(hid_t root);

  Hdf5Output output;
  Hdf5Group all, of_vintage;  ///< /superseded, /superseded/VINTAGE
  std::vector<SupersededShard> shards;
  SupersededFile written;
};

void SupersededWriter::File::describe(hid_t root, SupersededPlace const& place)
{
  write_attribute(root, "tarifa_schema_version", std::int64_t{archive_schema_version});
  write_attribute(root, "table", place.table);
  write_attribute(root, "partition", place.partition);
  write_attribute(root, "vintage", place.vintage);
  all = make_group(root, "superseded");
  written.partition = place.partition;
}

void SupersededWriter::File::add(SupersededFile::Part const& part, std::int64_t shard_rows,
                                 RowFlags const& flags)
{
  PartShape const shape{flags.rows(), shard_rows};
  if (written.parts.empty() || written.parts.back().vintage != part.vintage)
  {
    of_vintage = make_group(all.id(), part.vintage);
  }
  std::string const name = fmt::format("part-{:04}", part.part);
  Hdf5DataSet const dataset = make_column(of_vintage.id(), name, Storage::u8, shape.rows, shape.chunk_rows());
  write_attribute(dataset.id(), "part_digest", part.digest);
  PackedColumn packed;
  std::vector<std::int32_t> cells(static_cast<std::size_t>(shape.chunk_rows()));
  SupersededFile::Part& noted = written.parts.emplace_back(part);
  noted.rows = 0;
  for (std::int64_t s = 0; s < shape.shards(); ++s)
  {
    std::int64_t const rows = shape.rows_of(s);
    std::int64_t superseded = 0;
    for (std::int64_t row = 0; row < rows; ++row)
    {
      bool const flag = flags[s * shard_rows + row];
      cells[static_cast<std::size_t>(row)] = flag ? 1 : 0;
      superseded += flag ? 1 : 0;
    }
    pack_column(std::span(cells), static_cast<std::size_t>(rows), {}, Storage::u8, packed);
    auto const offset = static_cast<hsize_t>(s * shape.chunk_rows());
    hdf5_check(H5Dwrite_chunk(dataset.id(), H5P_DEFAULT, 0, &offset, packed.size, packed.bytes().data()),
               name);
    unsigned mask = 0;
    haddr_t address = 0;
    hsize_t bytes = 0;
    hdf5_check(H5Dget_chunk_info_by_coord(dataset.id(), &offset, &mask, &address, &bytes), name);
    shards.push_back({static_cast<std::int64_t>(address), static_cast<std::int64_t>(bytes), superseded});
    noted.rows += superseded;
  }
  written.rows += noted.rows;
}

void SupersededWriter::File::write_index(hid_t root)
{
  constexpr hsize_t numbers = sizeof(SupersededShard) / sizeof(std::int64_t);
  std::vector<std::string> names;
  for (SupersededFile::Part const& part : written.parts)
  {
    names.push_back(fmt::format("{}/part-{:04}", part.vintage, part.part));
  }
  Hdf5Group const group = make_group(root, "index");
  write_texts(group.id(), "parts", std::vector<std::string_view>(names.begin(), names.end()));
  std::span const values(reinterpret_cast<std::int64_t const*>(shards.data()), shards.size() * numbers);
  written.index = write_numbers(group.id(), "chunks", values, std::array<hsize_t, 2>{shards.size(), numbers});
  written.index_digest = digest_of_text({reinterpret_cast<char const*>(values.data()), values.size_bytes()});
}

SupersededWriter::SupersededWriter(std::filesystem::path const& folder, SupersededPlace const& place)
{
  make_folders(folder);
  auto file = std::make_unique<File>(folder);
  file->output.write([&](hid_t root) { file->describe(root, place); });
  file_ = std::move(file);
}

SupersededWriter::~SupersededWriter() = default;

void SupersededWriter::add(SupersededFile::Part const& part, std::int64_t shard_rows, RowFlags const& flags)
{
  std::vector<SupersededFile::Part> const& before = file_->written.parts;
  require(before.empty()
              || std::tie(before.back().vintage, before.back().part) < std::tie(part.vintage, part.part),
          Fault::internal, "parts with superseded rows are not in order");
  file_->output.write([&](hid_t) { file_->add(part, shard_rows, flags); });
}

SupersededFile SupersededWriter::commit()
{
  File& file = *file_;
  file.output.write(
      [&](hid_t root)
      {
        file.write_index(root);
        file.of_vintage.close();
        file.all.close();
      });
  file.output.publish();
  SupersededFile written = std::move(file.written);
  FileDigest const content = digest_of(file.output.path());
  written.bytes = content.bytes;
  written.digest = content.hex;
  file_.reset();
  return written;
}

}  // namespace tarifa
