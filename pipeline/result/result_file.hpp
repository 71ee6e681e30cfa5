#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run/comm.hpp"
#include "pipeline/run/provenance.hpp"

namespace tarifa
{

class Hdf5Output;

enum class ResultType : std::uint8_t
{
  int8,
  int16,
  int32,
  int64,
  float64,
};

/// One column of a result table: what it is called, what its numbers mean, and this rank's rows of it.
struct ResultColumn
{
  std::string name;
  ResultType type = ResultType::int64;
  std::string unit;        ///< of the number that is meant, after `scale`
  std::string definition;  ///< one sentence
  int scale = 0;           ///< stored = meant x 10^scale
  std::string labels;      ///< name of the label list the numbers are positions in; empty = none
  int digits = 0;          ///< a code printed with so many digits, zeros in front; 0 = a plain number
  /// This rank's cells in pieces, one after the other: what threads made need not be copied together.
  std::vector<std::span<std::byte const>> pieces;

  template <class T>
  ResultColumn& add(std::span<T const> piece)
  {
    pieces.push_back(std::as_bytes(piece));
    return *this;
  }
};

/// Column of type T's own result type.
template <class T>
ResultColumn result_column(std::string name, std::string unit, std::string definition);

/// Who may read a result file.
enum class ResultKind : std::uint8_t
{
  open,
  truth,  ///< what a synthetic world planted: mode 0600, and ResultReader refuses it unless asked to allow it
};

/// A table of a result file whose rows are written in blocks, at places known beforehand: nothing of it is
/// kept in memory. Lives no longer than its ResultFile.
class BlockTable
{
 public:
  std::int64_t rows() const noexcept { return rows_; }

  /// Cells of rows first, first + 1, ... of every column, in the order of the columns. On any rank and
  /// thread; Error(storage) when the disk refuses. No two calls may write the same rows, and all rows must be
  /// written once before the commit: HDF5 fills nothing in.
  void write(std::int64_t first, std::span<std::span<std::byte const> const> cells) const;

 private:
  friend class ResultFile;
  struct Column
  {
    std::int64_t address;  ///< [byte] of row 0 in the file
    std::int64_t width;    ///< [bytes] of a cell
  };

  int descriptor_ = -1;
  std::filesystem::path path_;
  std::int64_t rows_ = 0;
  std::vector<Column> columns_;
};

/// The result of a run: tables of equally long 1-D datasets in one HDF5 file.
///
///   /TABLE/COLUMN        attributes unit, definition, scale, digits, labels
///   /labels/NAME         fixed-length strings that numbers stand for
///   attributes of /      provenance
///
/// The root lays the file out with the serial driver, every dataset in one contiguous piece; all ranks and
/// threads then write their rows straight to where they belong. So the bytes depend on the content alone, and
/// no collective call of HDF5 can hang. PATH.partial becomes PATH in commit(), after everything is synced;
/// without commit() it goes away. A disk that is full is Error(storage) on all ranks.
class ResultFile
{
 public:
  /// [all] Error(usage) when `path` exists, unless `redo`.
  ResultFile(Run const& run, std::filesystem::path path, ResultKind kind = ResultKind::open);
  ~ResultFile();
  ResultFile(ResultFile const&) = delete;
  ResultFile& operator=(ResultFile const&) = delete;

  /// [all] Rows of the ranks one after the other. All columns have the same number of local rows.
  void add_table(std::string const& name, std::string const& title, std::vector<ResultColumn> const& columns);
  /// [all] Makes room for a table of `rows` rows, the same on every rank; the pieces of `columns` are not
  /// looked at.
  BlockTable lay_out_table(std::string const& name, std::string const& title,
                           std::vector<ResultColumn> const& columns, std::int64_t rows);
  /// [all] Texts that label columns refer to; the same on every rank.
  void add_labels(std::string const& name, std::vector<std::string> const& texts);
  /// [all] Text attribute of the file; the same on every rank.
  void note(std::string const& name, std::string const& text);
  /// [all] Syncs, closes and gives the file its name. An open result is handed to the run as published.
  void commit(Run& run);

 private:
  void create(bool redo);
  std::filesystem::path partial() const { return path_.string() + ".partial"; }

  Comm const& comm_;
  int threads_;
  std::filesystem::path path_;
  ResultKind kind_;
  std::unique_ptr<Hdf5Output> file_;  ///< root only
  int descriptor_ = -1;
};

}  // namespace tarifa
