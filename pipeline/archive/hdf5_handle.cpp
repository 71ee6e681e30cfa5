#include "pipeline/archive/hdf5_handle.hpp"

namespace tarifa
{
namespace
{

herr_t keep_innermost(unsigned /*depth*/, H5E_error2_t const* entry, void* text)
{
  if (entry->desc != nullptr && *entry->desc != '\0')
  {
    *static_cast<std::string*>(text) = entry->desc;
  }
  return 0;
}

}  // namespace

std::string hdf5_reason()
{
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, &keep_innermost, &text);
  // Of a failed read or write, people need what the system said, not the addresses of buffers.
  constexpr std::string_view system_says = "error message = '";
  if (auto const at = text.find(system_says); at != std::string::npos)
  {
    text = text.substr(at + system_says.size());
    text = text.substr(0, text.find('\''));
  }
  return text.empty() ? "HDF5 gives no reason" : text;
}

std::mutex& hdf5_mutex()
{
  static std::mutex mutex;
  return mutex;
}

void silence_hdf5()
{
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

void hdf5_check(herr_t status, std::string_view activity)
{
  if (status < 0)
  {
    throw Error(Fault::storage, hdf5_reason()).within(activity);
  }
}

Hdf5Properties serial_access()
{
  silence_hdf5();
  Hdf5Properties access(H5Pcreate(H5P_FILE_ACCESS), "file access properties");
  hdf5_check(H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG), "file access properties");
  hdf5_check(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), "file access properties");
  hdf5_check(H5Pset_file_locking(access.id(), false, true), "file access properties");
  return access;
}

}  // namespace tarifa
