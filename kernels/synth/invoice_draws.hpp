#pragma once

#include <algorithm>
#include <cstdint>

namespace tarifa::kernels
{

// What the bits of an invoice, of the chain it opens, or of a span are drawn for.
enum InvoicePurpose : std::uint64_t
{
  reporter_purpose,
  kind_purpose,
  legs_purpose,
  group_purpose,
  seller_purpose,
  buyer_purpose,
  regular_purpose,
  abroad_purpose,
  supplier_purpose,
  product_purpose,  // and the next few, one for each attempt
  last_product_purpose = product_purpose + 5,
  net_purpose,
  price_purpose,
  part_purpose,
  margin_purpose,
  lag_purpose,
  opens_purpose,
  below_cost_purpose,
  insolvent_purpose,
};

/// [0, 1)
inline double unit_interval(std::uint64_t bits)
{
  return static_cast<double>(bits >> 11) / 9007199254740992.0;
}

/// At least 1.
inline std::int64_t scaled_amount(std::int64_t amount, double factor)
{
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(amount) * factor));
}

}  // namespace tarifa::kernels
