#include "pipeline/archive/hdf5_output.hpp"

#include <cerrno>
#include <cstring>

#include <unistd.h>

#include <fcntl.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/hdf5_items.hpp"

namespace tarifa
{

Hdf5Output::Hdf5Output(std::filesystem::path path, unsigned permissions) : path_(std::move(path))
{
  sink_.path = path_.string() + ".partial";
  ::unlink(partial().c_str());  // one that a killed run left may have other permissions
  sink_.descriptor = ::open(partial().c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, permissions);
  require(sink_.descriptor >= 0, Fault::storage,
          partial().string() + ": cannot be created: " + std::strerror(errno));
  std::scoped_lock const lock(hdf5_mutex());
  try
  {
    file_ = Hdf5File(
        H5Fcreate(partial().c_str(), H5F_ACC_TRUNC, timeless(H5P_FILE_CREATE).id(), access_to(sink_).id()),
        "creating it");
  }
  catch (Error const& error)
  {
    ::close(sink_.descriptor);
    ::unlink(partial().c_str());
    throw error.within(path_.string());
  }
}

Hdf5Output::~Hdf5Output()
{
  give_up();
  {
    std::scoped_lock const lock(hdf5_mutex());
    file_.close();
  }
  ::close(sink_.descriptor);
  if (!published_)
  {
    ::unlink(partial().c_str());
  }
}

void Hdf5Output::check() const
{
  if (sink_.failure)
  {
    throw Error(*sink_.failure);
  }
}

void Hdf5Output::publish()
{
  write([&](hid_t) { hdf5_check(file_.close(), "closing it"); });
  tarifa::publish(partial(), path_);
  published_ = true;
}

}  // namespace tarifa
