#include "pipeline/run/text_files.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

[[noreturn]] void throw_errno(fs::path const& path, int error)
{
  throw Error(Fault::storage, path.string() + ": " + std::generic_category().message(error));
}

class File
{
 public:
  File(fs::path path, int flags) : path_(std::move(path)), fd_(::open(path_.c_str(), flags | O_CLOEXEC, 0666))
  {
    if (fd_ < 0)
    {
      throw_errno(path_, errno);
    }
  }
  ~File()
  {
    if (fd_ >= 0)
    {
      ::close(fd_);
    }
  }
  File(File&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&&) = delete;

  void write_at(std::string_view text, std::int64_t offset) const
  {
    while (!text.empty())
    {
      ssize_t const done = ::pwrite(fd_, text.data(), text.size(), offset);
      if (done < 0 && errno == EINTR)
      {
        continue;
      }
      if (done <= 0)
      {
        throw_errno(path_, done < 0 ? errno : EIO);
      }
      text.remove_prefix(static_cast<std::size_t>(done));
      offset += done;
    }
  }

  void sync_and_close()
  {
    if (::fsync(fd_) != 0 && errno != EINVAL)  // EINVAL: the file system has nothing to sync
    {
      throw_errno(path_, errno);
    }
    // Network file systems report a full disk only here.
    if (::close(std::exchange(fd_, -1)) != 0)
    {
      throw_errno(path_, errno);
    }
  }

 private:
  fs::path path_;
  int fd_;
};

/// Runs work(0) .. work(n - 1) on all threads; the first exception leaves after all threads are done.
template <class Work>
void parallel_for(int threads, std::int64_t n, Work const& work)
{
  std::exception_ptr first;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
  for (std::int64_t i = 0; i < n; ++i)
  {
    try
    {
      work(static_cast<std::size_t>(i));
    }
    catch (...)
    {
#pragma omp critical(tarifa_text_files)
      first = first ? first : std::current_exception();
    }
  }
  if (first)
  {
    std::rethrow_exception(first);
  }
}

}  // namespace

TextFiles::TextFiles(Comm const& comm, Log& log, fs::path folder, int threads)
    : comm_(comm)
    , log_(log)
    , folder_(std::move(folder))
    , threads_(threads)
{
}

void TextFiles::refuse_existing(std::vector<std::string> const& names) const
{
  comm_.all_or_none(
      "output",
      [&]
      {
        if (!comm_.is_root())
        {
          return;
        }
        for (std::string const& name : names)
        {
          require(!fs::exists(folder_ / name), Fault::usage,
                  (folder_ / name).string() + " exists; choose another folder, or overwrite with --redo");
        }
      });
}

void TextFiles::next_piece(std::int64_t piece, std::int64_t pieces)
{
  piece_ = piece;
  pieces_ = pieces;
}

std::vector<std::int64_t> TextFiles::write(std::vector<std::string> const& names,
                                           std::vector<std::string> const& headers, std::int64_t blocks,
                                           BlockText const& block_text)
{
  written_.insert(written_.end(), names.begin(), names.end());
  try
  {
    return write_blocks(names, headers, blocks, block_text);
  }
  catch (Error const&)
  {
    // A full disk stays full for everybody until the partial files are gone. Local, so safe while failing.
    if (comm_.failing_together() && comm_.is_root())
    {
      for (std::string const& name : written_)
      {
        std::error_code ignored;
        fs::remove(partial(name), ignored);
      }
    }
    throw;
  }
}

std::vector<std::int64_t> TextFiles::write_blocks(std::vector<std::string> const& names,
                                                  std::vector<std::string> const& headers,
                                                  std::int64_t blocks, BlockText const& block_text) const
{
  std::size_t const files = names.size();
  comm_.all_or_none("output",
                    [&]
                    {
                      if (!comm_.is_root())
                      {
                        return;
                      }
                      std::error_code problem;
                      fs::create_directories(folder_, problem);
                      require(!problem, Fault::storage, folder_.string() + ": " + problem.message());
                      for (std::size_t i = 0; i < files; ++i)
                      {
                        File(partial(names[i]), O_WRONLY | O_CREAT | O_TRUNC).write_at(headers[i], 0);
                      }
                    });
  std::vector<File> open;
  comm_.all_or_none("output",
                    [&]
                    {
                      for (std::string const& name : names)
                      {
                        open.emplace_back(partial(name), O_WRONLY);
                      }
                    });

  std::vector<std::int64_t> bytes;
  std::transform(headers.begin(), headers.end(), std::back_inserter(bytes),
                 [](std::string const& header) { return static_cast<std::int64_t>(header.size()); });
  // Dynamic scheduling needs more than one block per thread to even out.
  std::int64_t const per_rank = std::int64_t{2} * threads_;
  std::vector<std::vector<std::string>> texts(static_cast<std::size_t>(per_rank),
                                              std::vector<std::string>(files));
  for (std::int64_t round = 0; round < blocks; round += per_rank * comm_.size())
  {
    std::int64_t const first = std::min(blocks, round + comm_.rank() * per_rank);
    std::int64_t const mine = std::min(per_rank, blocks - first);
    comm_.all_or_none("making blocks",
                      [&]
                      {
                        parallel_for(threads_, mine,
                                     [&](std::size_t i)
                                     {
                                       for (std::string& text : texts[i])
                                       {
                                         text.clear();
                                       }
                                       block_text(first + static_cast<std::int64_t>(i), texts[i]);
                                       for (std::string const& text : texts[i])
                                       {
                                         log_.count(std::count(text.begin(), text.end(), '\n'),
                                                    static_cast<std::int64_t>(text.size()));
                                       }
                                     });
                      });
    log_.progress(piece_ * blocks + round, pieces_ * blocks, "blocks", Whose::all_ranks);
    std::vector<std::vector<std::int64_t>> offsets(static_cast<std::size_t>(mine),
                                                   std::vector<std::int64_t>(files));
    for (std::size_t file = 0; file < files; ++file)
    {
      std::int64_t length = 0;
      for (std::size_t i = 0; i < offsets.size(); ++i)
      {
        offsets[i][file] = length;
        length += static_cast<std::int64_t>(texts[i][file].size());
      }
      std::int64_t const base = bytes[file] + comm_.sum_before(length);
      for (auto& offset : offsets)
      {
        offset[file] += base;
      }
      bytes[file] += comm_.sum(length);
    }
    comm_.all_or_none("writing",
                      [&]
                      {
                        parallel_for(threads_, mine,
                                     [&](std::size_t i)
                                     {
                                       for (std::size_t file = 0; file < files; ++file)
                                       {
                                         open[file].write_at(texts[i][file], offsets[i][file]);
                                       }
                                     });
                      });
  }
  comm_.all_or_none("writing",
                    [&]
                    {
                      for (File& file : open)
                      {
                        file.sync_and_close();
                      }
                    });
  return bytes;
}

void TextFiles::publish()
{
  comm_.all_or_none("output",
                    [&]
                    {
                      for (std::string const& name : written_)
                      {
                        if (comm_.is_root())
                        {
                          std::error_code problem;
                          fs::rename(partial(name), folder_ / name, problem);
                          require(!problem, Fault::storage,
                                  (folder_ / name).string() + ": " + problem.message());
                        }
                      }
                      if (comm_.is_root() && !written_.empty())
                      {
                        File(folder_, O_RDONLY | O_DIRECTORY).sync_and_close();
                      }
                    });
  written_.clear();
}

}  // namespace tarifa
