#include "jobs/support/synth_truth.hpp"

#include "kernels/synth/geography.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/run/provenance.hpp"

namespace tarifa::jobs
{

std::vector<std::string> country_labels()
{
  std::vector<std::string> countries;
  for (std::uint32_t i = 0; i < kernels::country_count; ++i)
  {
    countries.emplace_back(kernels::country_code(i));
  }
  return countries;
}

ResultFile& TruthFiles::open(std::string const& name)
{
  run_.comm.all_or_none("output",
                        [&]
                        {
                          if (run_.comm.is_root())
                          {
                            make_folders(folder_);
                          }
                        });
  files_.push_back(
      std::make_unique<ResultFile>(run_, std::filesystem::path(folder_) / name, ResultKind::truth));
  ResultFile& file = *files_.back();
  for (Note const& note : provenance(run_, {}))
  {
    file.note(note.name, note.text);
  }
  return file;
}

void TruthFiles::publish()
{
  for (auto const& file : files_)
  {
    file->commit(run_);
  }
  files_.clear();
}

}  // namespace tarifa::jobs
