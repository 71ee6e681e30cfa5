#include "pipeline/archive/truth_mark.hpp"

#include <array>
#include <fstream>
#include <mutex>
#include <string_view>

#include "pipeline/archive/hdf5_items.hpp"

namespace tarifa
{
namespace
{

constexpr char const* truth_attribute = "planted_truth";

/// Asking HDF5 costs more than eight bytes, and for most files the answer is no.
bool has_hdf5_signature(std::filesystem::path const& path)
{
  constexpr std::string_view signature = "\x89HDF\r\n\x1A\n";
  std::array<char, signature.size()> start{};
  std::ifstream stream(path, std::ios::binary);
  stream.read(start.data(), start.size());
  return stream && std::string_view(start.data(), start.size()) == signature;
}

}  // namespace

void mark_truth(hid_t file)
{
  write_attribute(file, truth_attribute, std::int64_t{1});
}

bool holds_truth(std::filesystem::path const& path)
{
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored) || !has_hdf5_signature(path))
  {
    return false;
  }
  std::scoped_lock const lock(hdf5_mutex());
  hid_t const id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, serial_access().id());
  if (id < 0)
  {
    return false;
  }
  Hdf5File const file(id, path.string());
  return H5Aexists(file.id(), truth_attribute) > 0;
}

void refuse_truth(std::filesystem::path const& path)
{
  require(!holds_truth(path), Fault::usage,
          [&]
          {
            return path.string()
                   + ": holds the planted truth of a synthetic world, which no job may take in (to look at it: "
                     "tarifa export --export.truth true)";
          });
}

}  // namespace tarifa
