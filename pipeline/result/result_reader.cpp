#include "pipeline/result/result_reader.hpp"

#include <algorithm>

#include "pipeline/archive/hdf5_handle.hpp"
#include "pipeline/archive/hdf5_items.hpp"
#include "pipeline/archive/truth_mark.hpp"

namespace tarifa
{
namespace
{

/// Names of the links of a group, in order of `index`.
std::vector<std::string> names_in(hid_t group, H5_index_t index)
{
  std::vector<std::string> names;
  auto const take = [](hid_t, char const* name, H5L_info_t const*, void* to) -> herr_t
  {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  hdf5_check(H5Literate(group, index, H5_ITER_INC, nullptr, take, &names), "listing a group");
  return names;
}

ResultType type_of(hid_t dataset)
{
  Hdf5Type const type(H5Dget_type(dataset), "type of a column");
  if (H5Tget_class(type.id()) == H5T_FLOAT)
  {
    return ResultType::float64;
  }
  switch (H5Tget_size(type.id()))
  {
    case 1:
      return ResultType::int8;
    case 2:
      return ResultType::int16;
    case 4:
      return ResultType::int32;
    default:
      return ResultType::int64;
  }
}

}  // namespace

struct ResultReader::File
{
  Hdf5File file;
  std::string path;
};

ResultReader::ResultReader(std::filesystem::path const& path, TruthAccess access)
    : file_(std::make_unique<File>())
{
  silence_hdf5();
  require(std::filesystem::exists(path), Fault::storage, path.string() + ": no such result file");
  if (access == TruthAccess::refuse)
  {
    refuse_truth(path);
  }
  file_->path = path.string();
  file_->file = Hdf5File(H5Fopen(path.c_str(), H5F_ACC_RDONLY, serial_access().id()),
                         path.string() + ": not a result file");
  hid_t const file = file_->file.id();
  bool const is_part = H5Aexists(file, "tarifa_schema_version") > 0 && H5Aexists(file, "partition") > 0;
  require(!is_part, Fault::usage,
          path.string() + ": is a part of an archive, not a result; see tarifa describe");
  std::vector<std::string> const names = tables();
  bool const is_result =
      (!names.empty() || H5Aexists(file, "job") > 0)
      && std::all_of(names.begin(), names.end(),
                     [file](std::string const& name)
                     { return H5Aexists_by_name(file, name.c_str(), "rows", H5P_DEFAULT) > 0; });
  require(is_result, Fault::usage, path.string() + ": is no result of tarifa");
}

ResultReader::~ResultReader() = default;

std::vector<std::string> ResultReader::tables() const
{
  std::vector<std::string> names = names_in(file_->file.id(), H5_INDEX_NAME);
  std::erase(names, "labels");
  return names;
}

std::int64_t ResultReader::rows(std::string const& table) const
{
  Hdf5Group const group(H5Gopen2(file_->file.id(), table.c_str(), H5P_DEFAULT),
                        file_->path + ": table " + table);
  return read_number_attribute(group.id(), "rows");
}

std::vector<ResultColumnInfo> ResultReader::columns(std::string const& table) const
{
  Hdf5Group const group(H5Gopen2(file_->file.id(), table.c_str(), H5P_DEFAULT),
                        file_->path + ": table " + table);
  std::vector<ResultColumnInfo> found;
  for (std::string const& name : names_in(group.id(), H5_INDEX_CRT_ORDER))
  {
    Hdf5DataSet const set(H5Dopen2(group.id(), name.c_str(), H5P_DEFAULT), name);
    ResultColumnInfo info{name,
                          read_text_attribute(set.id(), "unit"),
                          read_text_attribute(set.id(), "definition"),
                          type_of(set.id()),
                          static_cast<int>(read_number_attribute(set.id(), "scale")),
                          static_cast<int>(read_number_attribute(set.id(), "digits")),
                          {}};
    std::string const labels = read_text_attribute(set.id(), "labels");
    if (!labels.empty())
    {
      Hdf5Group const all(H5Gopen2(file_->file.id(), "labels", H5P_DEFAULT), "labels");
      info.labels = read_texts(all.id(), labels);
    }
    found.push_back(std::move(info));
  }
  return found;
}

std::string ResultReader::note(std::string const& name) const
{
  hid_t const file = file_->file.id();
  htri_t const is_there = H5Aexists(file, name.c_str());
  require(is_there >= 0, Fault::storage, file_->path + ": damaged: attribute " + name + " cannot be read");
  return is_there > 0 ? read_text_attribute(file, name) : "";
}

ResultCells ResultReader::read(std::string const& table, ResultColumnInfo const& column, std::int64_t first,
                               std::int64_t rows) const
{
  std::string const name = table + "/" + column.name;
  Hdf5DataSet const set(H5Dopen2(file_->file.id(), name.c_str(), H5P_DEFAULT), name);
  Hdf5Space const in_file(H5Dget_space(set.id()), name);
  auto const start = static_cast<hsize_t>(first);
  auto const count = static_cast<hsize_t>(rows);
  hdf5_check(H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, &start, nullptr, &count, nullptr), name);
  Hdf5Space const in_memory(H5Screate_simple(1, &count, nullptr), name);
  ResultCells cells;
  if (column.type == ResultType::float64)
  {
    cells.real.resize(static_cast<std::size_t>(rows));
    hdf5_check(
        H5Dread(set.id(), H5T_NATIVE_DOUBLE, in_memory.id(), in_file.id(), H5P_DEFAULT, cells.real.data()),
        name);
  }
  else
  {
    cells.whole.resize(static_cast<std::size_t>(rows));
    hdf5_check(
        H5Dread(set.id(), H5T_NATIVE_INT64, in_memory.id(), in_file.id(), H5P_DEFAULT, cells.whole.data()),
        name);
  }
  return cells;
}

}  // namespace tarifa
