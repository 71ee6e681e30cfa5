#pragma once

#include <csignal>

#include <sys/resource.h>

namespace tarifa::testing
{

/// A limit on the size of files [bytes] that this process writes, as long as this object lives. It stands in
/// for a full disk: writes beyond it fail with "File too large".
class FileLimit
{
 public:
  explicit FileLimit(rlim_t bytes)
  {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit const tight{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit(FileLimit const&) = delete;
  FileLimit& operator=(FileLimit const&) = delete;

 private:
  rlimit before_{};
};

}  // namespace tarifa::testing
