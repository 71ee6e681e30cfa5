#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <utility>

#include "pipeline/archive/hdf5_handle.hpp"
#include "pipeline/archive/hdf5_sink.hpp"

namespace tarifa
{

/// A new HDF5 file, written with the serial driver by one rank. It is PATH.partial until publish(); without
/// that it goes away with this object. All failures are Error(storage) naming the file.
///
/// Whatever the disk does, the library gets its file closed (see Hdf5Sink), and who writes gets one Error
/// that says what the system said. Takes hdf5_mutex() itself.
class Hdf5Output
{
 public:
  /// `permissions` as for open(2), less the umask.
  explicit Hdf5Output(std::filesystem::path path, unsigned permissions = 0666);
  ~Hdf5Output();
  Hdf5Output(Hdf5Output const&) = delete;
  Hdf5Output& operator=(Hdf5Output const&) = delete;

  std::filesystem::path const& path() const noexcept { return path_; }
  std::filesystem::path const& partial() const noexcept { return sink_.path; }

  /// Runs `work` with the identifier of the file, while no other thread is in the library. It may throw
  /// Error.
  template <class Work>
  void write(Work&& work)
  {
    std::scoped_lock const lock(hdf5_mutex());
    try
    {
      std::forward<Work>(work)(file_.id());
    }
    catch (Error const& error)
    {
      // The library may have stumbled over bytes that did not reach the disk.
      check();
      throw error.within(path_.string());
    }
    check();
  }

  /// Closes, syncs and gives the file its name. Datasets and groups in it must have been closed.
  void publish();

  /// From now on nothing that is written needs to reach the disk; for who is about to close what is in the
  /// file.
  void give_up() noexcept { sink_.given_up = true; }

 private:
  void check() const;

  std::filesystem::path path_;
  Hdf5Sink sink_;
  Hdf5File file_;
  bool published_ = false;
};

}  // namespace tarifa
