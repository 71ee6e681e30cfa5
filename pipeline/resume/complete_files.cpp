#include "pipeline/resume/complete_files.hpp"

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/resume/checkpoint.hpp"

namespace tarifa
{

std::string CompleteFiles::text() const
{
  std::string text = text_of(made_of);
  for (std::filesystem::path const& file : files)
  {
    std::error_code missing;
    auto const bytes = std::filesystem::file_size(file, missing);
    text += missing ? fmt::format("no {}\n", file.filename().string())
                    : fmt::format("{} bytes  {}\n", bytes, file.filename().string());
  }
  return text;
}

std::int64_t CompleteFiles::bytes() const
{
  std::int64_t bytes = 0;
  for (std::filesystem::path const& file : files)
  {
    std::error_code missing;
    auto const size = std::filesystem::file_size(file, missing);
    bytes += missing ? 0 : static_cast<std::int64_t>(size);
  }
  return bytes;
}

bool CompleteFiles::are_complete(Run const& run) const
{
  std::int64_t const complete = run.comm.all_or_none(
      mark.string(),
      [&]
      {
        return std::int64_t{run.comm.is_root() && !run.settings.redo && std::filesystem::is_regular_file(mark)
                            && read_text(mark) == text()};
      });
  if (run.comm.max(complete) == 0)
  {
    return false;
  }
  std::filesystem::path place = mark;
  place.replace_extension();
  remove_checkpoint(run.comm, run.checkpoint_of(place.string()));
  run.log.info(place.string()
               + " is complete: made of the same input, by the same version and configuration; nothing to do "
                 "(--redo makes it anew)");
  return true;
}

void CompleteFiles::mark_complete(Comm const& comm) const
{
  comm.all_or_none(mark.string(),
                   [&]
                   {
                     if (comm.is_root())
                     {
                       write_durable(mark, text());
                     }
                   });
}

}  // namespace tarifa
