#include "pipeline/result/complete_result.hpp"

#include <algorithm>

#include "pipeline/archive/hdf5_handle.hpp"
#include "pipeline/archive/hdf5_items.hpp"
#include "pipeline/resume/checkpoint.hpp"

namespace tarifa
{
namespace
{

bool holds(std::filesystem::path const& path, std::vector<Note> const& made_of)
{
  silence_hdf5();
  // Anything may stand there: what is no result of this program is not this result.
  hid_t const id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, serial_access().id());
  if (id < 0)
  {
    return false;
  }
  Hdf5File const file(id, path.string());
  return std::all_of(made_of.begin(), made_of.end(),
                     [&](Note const& note)
                     {
                       return H5Aexists(file.id(), note.name.c_str()) > 0
                              && read_text_attribute(file.id(), note.name) == note.text;
                     });
}

}  // namespace

bool is_complete(Run const& run, std::filesystem::path const& path, std::vector<Note> const& made_of)
{
  std::int64_t const complete =
      run.comm.all_or_none(path.string(),
                           [&]
                           {
                             return std::int64_t{run.comm.is_root() && !run.settings.redo
                                                 && std::filesystem::exists(path) && holds(path, made_of)};
                           });
  if (run.comm.max(complete) == 0)
  {
    return false;
  }
  // A run that was killed when its result was complete leaves its checkpoint.
  remove_checkpoint(run.comm, run.checkpoint_of(path.string()));
  run.log.info(path.string()
               + " is complete: made of the same input, by the same version and configuration; nothing to do "
                 "(--redo makes it anew)");
  return true;
}

}  // namespace tarifa
