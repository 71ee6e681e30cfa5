#include "pipeline/result/result_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>
#include <fmt/format.h>

#include "pipeline/archive/hdf5_items.hpp"
#include "pipeline/archive/hdf5_output.hpp"
#include "pipeline/archive/truth_mark.hpp"
#include "pipeline/run/append_file.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{
namespace
{

constexpr std::size_t write_bytes = 4U << 20U;

hid_t hdf5_type(ResultType type)
{
  switch (type)
  {
    case ResultType::int8:
      return H5T_STD_I8LE;
    case ResultType::int16:
      return H5T_STD_I16LE;
    case ResultType::int32:
      return H5T_STD_I32LE;
    case ResultType::int64:
      return H5T_STD_I64LE;
    case ResultType::float64:
      return H5T_IEEE_F64LE;
  }
  return H5I_INVALID_HID;
}

std::size_t bytes_of(ResultType type)
{
  switch (type)
  {
    case ResultType::int8:
      return 1;
    case ResultType::int16:
      return 2;
    case ResultType::int32:
      return 4;
    default:
      return 8;
  }
}

std::size_t local_bytes(ResultColumn const& column)
{
  std::size_t bytes = 0;
  for (auto const& piece : column.pieces)
  {
    bytes += piece.size();
  }
  return bytes;
}

/// One write of a piece of a column to its place in the file.
struct Write
{
  std::span<std::byte const> bytes;
  std::int64_t offset;
};

void append_writes(std::vector<Write>& writes, ResultColumn const& column, std::int64_t offset)
{
  for (auto piece : column.pieces)
  {
    while (!piece.empty())
    {
      std::size_t const count = std::min(piece.size(), write_bytes);
      writes.push_back({piece.first(count), offset});
      piece = piece.subspan(count);
      offset += static_cast<std::int64_t>(count);
    }
  }
}

/// Makes the group and datasets of a table; returns where in the file each column begins [byte].
std::vector<std::int64_t> make_datasets(hid_t root, std::string const& name, std::string const& title,
                                        std::vector<ResultColumn> const& columns, std::int64_t rows)
{
  // Readers list the columns in the order they were written.
  Hdf5Properties const tracked = timeless(H5P_GROUP_CREATE);
  hdf5_check(H5Pset_link_creation_order(tracked.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), name);
  Hdf5Group const group(H5Gcreate2(root, name.c_str(), H5P_DEFAULT, tracked.id(), H5P_DEFAULT), name);
  write_attribute(group.id(), "title", title);
  write_attribute(group.id(), "rows", rows);
  std::vector<std::int64_t> offsets;
  auto const extent = static_cast<hsize_t>(rows);
  Hdf5Space const space(H5Screate_simple(1, &extent, nullptr), name);
  Hdf5Properties const properties = timeless(H5P_DATASET_CREATE);
  hdf5_check(H5Pset_alloc_time(properties.id(), H5D_ALLOC_TIME_EARLY), name);
  hdf5_check(H5Pset_fill_time(properties.id(), H5D_FILL_TIME_NEVER), name);
  for (ResultColumn const& column : columns)
  {
    Hdf5DataSet const set(H5Dcreate2(group.id(), column.name.c_str(), hdf5_type(column.type), space.id(),
                                     H5P_DEFAULT, properties.id(), H5P_DEFAULT),
                          name + "/" + column.name);
    write_attribute(set.id(), "unit", column.unit);
    write_attribute(set.id(), "definition", column.definition);
    write_attribute(set.id(), "scale", std::int64_t{column.scale});
    write_attribute(set.id(), "digits", std::int64_t{column.digits});
    write_attribute(set.id(), "labels", column.labels);
    haddr_t const address = rows == 0 ? 0 : H5Dget_offset(set.id());
    require(address != HADDR_UNDEF, Fault::storage, name + "/" + column.name + ": HDF5 gave no room");
    offsets.push_back(static_cast<std::int64_t>(address));
  }
  return offsets;
}

}  // namespace

void BlockTable::write(std::int64_t first, std::span<std::span<std::byte const> const> cells) const
{
  require(cells.size() == columns_.size(), Fault::internal, "a block has another number of columns");
  for (std::size_t c = 0; c < cells.size(); ++c)
  {
    Column const& column = columns_[c];
    auto const bytes = static_cast<std::int64_t>(cells[c].size());
    require(first >= 0 && first * column.width + bytes <= rows_ * column.width, Fault::internal,
            "a block ends beyond its table");
    write_fully(descriptor_, path_, static_cast<std::uint64_t>(column.address + first * column.width),
                cells[c]);
  }
}

ResultFile::ResultFile(Run const& run, std::filesystem::path path, ResultKind kind)
    : comm_(run.comm)
    , threads_(run.settings.threads)
    , path_(std::move(path))
    , kind_(kind)
{
  comm_.all_or_none("",
                    [&]
                    {
                      if (comm_.is_root())
                      {
                        create(run.settings.redo);
                      }
                    });
  comm_.all_or_none(partial().string(),
                    [&]
                    {
                      descriptor_ = ::open(partial().c_str(), O_WRONLY | O_CLOEXEC);
                      require(descriptor_ >= 0, Fault::storage,
                              std::string("cannot be opened: ") + std::strerror(errno));
                    });
}

void ResultFile::create(bool redo)
{
  require(
      redo || !std::filesystem::exists(path_), Fault::usage,
      path_.string() + ": the result exists already. Give another --run.output, or --redo to overwrite it");
  auto const folder = std::filesystem::absolute(path_).parent_path();
  require(std::filesystem::is_directory(folder), Fault::storage,
          path_.string() + ": folder " + folder.string() + " does not exist");
  bool const is_truth = kind_ == ResultKind::truth;
  file_ = std::make_unique<Hdf5Output>(path_, is_truth ? 0600U : 0666U);
  if (is_truth)
  {
    file_->write([](hid_t root) { mark_truth(root); });
  }
}

ResultFile::~ResultFile()
{
  if (descriptor_ >= 0)
  {
    ::close(descriptor_);
  }
}

void ResultFile::add_table(std::string const& name, std::string const& title,
                           std::vector<ResultColumn> const& columns)
{
  std::int64_t const local =
      columns.empty()
          ? 0
          : static_cast<std::int64_t>(local_bytes(columns.front()) / bytes_of(columns.front().type));
  comm_.all_or_none(
      "table " + name,
      [&]
      {
        for (ResultColumn const& column : columns)
        {
          require(local_bytes(column) == static_cast<std::size_t>(local) * bytes_of(column.type),
                  Fault::internal, "column " + column.name + " has another number of rows than the first");
        }
      });
  std::int64_t const rows = comm_.sum(local);
  std::int64_t const before = comm_.sum_before(local);
  BlockTable const table = lay_out_table(name, title, columns, rows);
  std::vector<Write> writes;
  for (std::size_t c = 0; c < columns.size(); ++c)
  {
    BlockTable::Column const& place = table.columns_[c];
    append_writes(writes, columns[c], place.address + before * place.width);
  }
  comm_.all_or_none("table " + name,
                    [&]
                    {
                      ThreadTeam team(threads_);
                      team.each(writes.size(),
                                [&](std::size_t i, int) {
                                  write_fully(descriptor_, partial(),
                                              static_cast<std::uint64_t>(writes[i].offset), writes[i].bytes);
                                });
                    });
}

BlockTable ResultFile::lay_out_table(std::string const& name, std::string const& title,
                                     std::vector<ResultColumn> const& columns, std::int64_t rows)
{
  std::vector<std::int64_t> const addresses = comm_.gather_all(comm_.all_or_none(
      "table " + name,
      [&]
      {
        std::vector<std::int64_t> made;
        if (comm_.is_root())
        {
          file_->write([&](hid_t root) { made = make_datasets(root, name, title, columns, rows); });
        }
        return made;
      }));
  BlockTable table;
  table.descriptor_ = descriptor_;
  table.path_ = partial();
  table.rows_ = rows;
  for (std::size_t c = 0; c < columns.size(); ++c)
  {
    table.columns_.push_back({addresses[c], static_cast<std::int64_t>(bytes_of(columns[c].type))});
  }
  return table;
}

void ResultFile::add_labels(std::string const& name, std::vector<std::string> const& texts)
{
  comm_.all_or_none(
      "labels " + name,
      [&]
      {
        if (comm_.is_root())
        {
          file_->write(
              [&](hid_t root)
              {
                bool const there = H5Lexists(root, "labels", H5P_DEFAULT) > 0;
                Hdf5Group const group = there ? Hdf5Group(H5Gopen2(root, "labels", H5P_DEFAULT), "labels")
                                              : make_group(root, "labels");
                write_texts(group.id(), name, std::vector<std::string_view>(texts.begin(), texts.end()));
              });
        }
      });
}

void ResultFile::note(std::string const& name, std::string const& text)
{
  comm_.all_or_none("note " + name,
                    [&]
                    {
                      if (comm_.is_root())
                      {
                        file_->write([&](hid_t root) { write_attribute(root, name, text); });
                      }
                    });
}

void ResultFile::commit(Run& run)
{
  comm_.all_or_none(path_.string(),
                    [&]
                    {
                      require(::fsync(descriptor_) == 0, Fault::storage,
                              std::string("cannot be written: ") + std::strerror(errno));
                    });
  comm_.all_or_none("",
                    [&]
                    {
                      if (comm_.is_root())
                      {
                        file_->publish();
                      }
                    });
  if (kind_ == ResultKind::open)
  {
    run.published = path_.string();
  }
}

template <>
ResultColumn result_column<std::int8_t>(std::string name, std::string unit, std::string definition)
{
  return {std::move(name), ResultType::int8, std::move(unit), std::move(definition), 0, {}, 0, {}};
}
template <>
ResultColumn result_column<std::int16_t>(std::string name, std::string unit, std::string definition)
{
  return {std::move(name), ResultType::int16, std::move(unit), std::move(definition), 0, {}, 0, {}};
}
template <>
ResultColumn result_column<std::int32_t>(std::string name, std::string unit, std::string definition)
{
  return {std::move(name), ResultType::int32, std::move(unit), std::move(definition), 0, {}, 0, {}};
}
template <>
ResultColumn result_column<std::int64_t>(std::string name, std::string unit, std::string definition)
{
  return {std::move(name), ResultType::int64, std::move(unit), std::move(definition), 0, {}, 0, {}};
}
template <>
ResultColumn result_column<double>(std::string name, std::string unit, std::string definition)
{
  return {std::move(name), ResultType::float64, std::move(unit), std::move(definition), 0, {}, 0, {}};
}

}  // namespace tarifa
