#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/source/source.hpp"

namespace tarifa
{

/// Every way a record of one source can fail to be kept, numbered. The number is what workers pass around;
/// the sentence is what people read in the balance sheet and the rejects file.
class Reasons
{
 public:
  explicit Reasons(Source const& source);

  using Id = std::uint16_t;
  static constexpr Id kept = 0xFFFF;

  Id of(RecordFault fault) const { return static_cast<Id>(fault); }
  Id encoding() const { return 6; }
  Id missing(std::size_t column) const { return first_of(column); }
  Id malformed(std::size_t column) const { return static_cast<Id>(first_of(column) + 1); }
  Id out_of_range(std::size_t column) const { return static_cast<Id>(first_of(column) + 2); }
  Id unknown_code(std::size_t column) const { return static_cast<Id>(first_of(column) + 3); }
  Id expired_code(std::size_t column) const { return static_cast<Id>(first_of(column) + 4); }
  Id order(std::size_t rule) const { return static_cast<Id>(first_order_ + rule); }

  std::size_t size() const { return texts_.size(); }
  std::string const& text(Id id) const { return texts_[id]; }

 private:
  static constexpr std::size_t per_column = 5;
  static constexpr std::size_t fixed = 7;
  Id first_of(std::size_t column) const { return static_cast<Id>(fixed + column * per_column); }

  std::size_t first_order_;
  std::vector<std::string> texts_;
};

}  // namespace tarifa
