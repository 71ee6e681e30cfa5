#include "pipeline/archive/hdf5_sink.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>

#include <unistd.h>

#include "pipeline/run/append_file.hpp"

// From HDF5 1.12 on, what drivers are made of has a header of its own.
#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

namespace tarifa
{
namespace
{

/// What travels in the access properties.
struct SinkAccess
{
  Hdf5Sink* sink = nullptr;
};

/// What the library keeps of an open file. `base` is first: the library knows nothing but that.
struct SinkFile
{
  H5FD_t base = {};
  Hdf5Sink* sink = nullptr;
  haddr_t allocated = 0;  ///< [bytes] by the library
  haddr_t written = 0;    ///< [bytes] end of the file as it stands
};

SinkFile& of(H5FD_t* file)
{
  return *reinterpret_cast<SinkFile*>(file);
}

SinkFile const& of(H5FD_t const* file)
{
  return *reinterpret_cast<SinkFile const*>(file);
}

H5FD_t* open_sink(char const* /*name*/, unsigned /*flags*/, hid_t access, haddr_t /*maxaddr*/)
{
  auto* const file = new SinkFile;
  file->sink = static_cast<SinkAccess const*>(H5Pget_driver_info(access))->sink;
  return &file->base;
}

herr_t close_sink(H5FD_t* file)
{
  delete &of(file);
  return 0;
}

/// The features of the library's own driver that decide where things stand in the file.
herr_t query(H5FD_t const* /*file*/, unsigned long* flags)
{
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE
           | H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t allocated(H5FD_t const* file, H5FD_mem_t /*type*/)
{
  return of(file).allocated;
}

herr_t allocate(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t end)
{
  of(file).allocated = end;
  return 0;
}

haddr_t end_of(H5FD_t const* file, H5FD_mem_t /*type*/)
{
  return of(file).written;
}

/// Bytes that were never written are zero.
herr_t read(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address, std::size_t size,
            void* buffer)
{
  auto* to = static_cast<char*>(buffer);
  while (size > 0)
  {
    ssize_t const got = ::pread(of(file).sink->descriptor, to, size, static_cast<off_t>(address));
    if (got <= 0 && !(got < 0 && errno == EINTR))
    {
      std::memset(to, 0, size);
      return got < 0 ? -1 : 0;
    }
    std::size_t const step = got > 0 ? static_cast<std::size_t>(got) : 0;
    to += step;
    address += step;
    size -= step;
  }
  return 0;
}

/// Exceptions must not travel through the library.
template <class Work>
void into(Hdf5Sink& sink, Work&& work) noexcept
{
  if (sink.failure || sink.given_up)
  {
    return;
  }
  try
  {
    work();
  }
  catch (Error const& error)
  {
    sink.failure = error;
  }
}

herr_t write(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address, std::size_t size,
             void const* buffer)
{
  Hdf5Sink& sink = *of(file).sink;
  into(sink,
       [&] {
         write_fully(sink.descriptor, sink.path, address, {static_cast<std::byte const*>(buffer), size});
       });
  of(file).written = std::max(of(file).written, address + size);
  return 0;
}

/// Cuts or stretches the file to what is allocated.
herr_t truncate(H5FD_t* file, hid_t /*transfer*/, hbool_t /*closing*/)
{
  Hdf5Sink& sink = *of(file).sink;
  if (of(file).written != of(file).allocated)
  {
    into(sink,
         [&]
         {
           require(::ftruncate(sink.descriptor, static_cast<off_t>(of(file).allocated)) == 0, Fault::storage,
                   sink.path.string() + ": cannot be written: " + std::strerror(errno));
         });
    of(file).written = of(file).allocated;
  }
  return 0;
}

hid_t register_driver()
{
  H5FD_class_t driver = {};
#ifdef H5FD_CLASS_VERSION
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(512);  // the first that is not reserved
#endif
  driver.name = "tarifa sink";
  driver.maxaddr = HADDR_MAX / 2;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(SinkAccess);
  driver.open = &open_sink;
  driver.close = &close_sink;
  driver.query = &query;
  driver.get_eoa = &allocated;
  driver.set_eoa = &allocate;
  driver.get_eof = &end_of;
  driver.read = &read;
  driver.write = &write;
  driver.truncate = &truncate;
  H5FD_mem_t const map[] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
  hid_t const id = H5FDregister(&driver);
  hdf5_check(id < 0 ? -1 : 0, "driver for new files");
  return id;
}

}  // namespace

Hdf5Properties access_to(Hdf5Sink& sink)
{
  static hid_t const driver = register_driver();
  Hdf5Properties access = serial_access();
  SinkAccess const target = {&sink};
  hdf5_check(H5Pset_driver(access.id(), driver, &target), "file access properties");
  return access;
}

}  // namespace tarifa
