#pragma once

#include <cstdint>
#include <string>

namespace tarifa
{

/// Amounts as people read them in a log: three digits or so, and a unit. Exact figures go to files.

std::string count_text(std::int64_t count);    ///< "417", "19,402", "1.64 M", "214 M"
std::string volume_text(std::int64_t bytes);   ///< of files, powers of 1000: "812 kB", "3.11 GB"
std::string memory_text(std::int64_t bytes);   ///< powers of 1024: "310 MiB", "3.1 GiB"
std::string duration_text(double seconds);     ///< "0.4 s", "318 s", "12 min", "3 h 20 min"
std::string slurm_memory(std::int64_t bytes);  ///< rounded up, for --mem: "512M", "6G"
double slurm_seconds(double seconds);          ///< rounded up as slurm_time() does
std::string slurm_time(double seconds);        ///< rounded up, for --time: "00:10:00", "1-06:00:00"
std::string counted(std::int64_t count, char const* what);  ///< "1 rank", "3 ranks"

}  // namespace tarifa
