#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <hdf5.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{

/// What the library says about its last failure: the innermost description of its error stack.
std::string hdf5_reason();

/// To be held around calls of the library from several threads: it is not made for them.
std::mutex& hdf5_mutex();

/// Keeps the library from printing its own error stack. Cheap, call it where a file is opened.
void silence_hdf5();

/// Throws Error(storage) "activity: reason" when `status` is a failure of the library.
void hdf5_check(herr_t status, std::string_view activity);

/// Owns one HDF5 identifier of a serial file; nothing here communicates.
template <herr_t (*Close)(hid_t)>
class Hdf5Handle
{
 public:
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, std::string_view activity) : id_(id)
  {
    if (id < 0)
    {
      hdf5_check(-1, activity);
    }
  }
  ~Hdf5Handle() { reset(); }
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept
  {
    reset();
    id_ = std::exchange(other.id_, H5I_INVALID_HID);
    return *this;
  }

  hid_t id() const noexcept { return id_; }
  /// Closes now, for who wants to know whether that worked.
  herr_t close() noexcept { return id_ < 0 ? 0 : Close(std::exchange(id_, H5I_INVALID_HID)); }

 private:
  void reset() noexcept { close(); }
  hid_t id_ = H5I_INVALID_HID;
};

using Hdf5File = Hdf5Handle<&H5Fclose>;
using Hdf5Group = Hdf5Handle<&H5Gclose>;
using Hdf5Space = Hdf5Handle<&H5Sclose>;
using Hdf5Type = Hdf5Handle<&H5Tclose>;
using Hdf5Properties = Hdf5Handle<&H5Pclose>;
using Hdf5Attribute = Hdf5Handle<&H5Aclose>;
using Hdf5DataSet = Hdf5Handle<&H5Dclose>;

/// Access properties of a part: serial driver, close takes open objects along, format of 1.8, no file locks
/// (a parallel file system may have none; parts are written under another name by one process).
Hdf5Properties serial_access();

}  // namespace tarifa
