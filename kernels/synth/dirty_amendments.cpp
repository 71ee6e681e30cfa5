#include "kernels/synth/dirty_amendments.hpp"

#include <algorithm>

#include "kernels/synth/declaration_maker.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t amendment_stream = 303;

enum Purpose : std::uint64_t
{
  amended_purpose,
  versions_purpose,
  order_purpose,
  change_purpose = 10,  // + 2 x version
};

/// Goods of version `version`, made from those of the one before. Corrections go up by 1 to 40 per cent three
/// times in four, else down by 1 to 20.
void correct(Goods& goods, int version, Draws const& draws)
{
  auto const purpose = change_purpose + 2 * static_cast<std::uint64_t>(version);
  bool const up = draws.below(purpose, 4) > 0;
  std::int64_t const percent = 1 + std::int64_t{draws.below(purpose + 1, up ? 40 : 20)};
  std::int64_t const change = std::max<std::int64_t>(goods.invoice * percent / 100, up ? 1 : 0);
  goods.invoice += up ? change : -change;
}

/// Version 2, or 2 and 3.
std::vector<Amendment> versions_of(DeclarationMaker const& maker, Declaration const& declaration,
                                   Item const& item, Draws const& draws)
{
  constexpr std::uint32_t once_for_twice = 8;  // records amended for one that is amended again
  std::vector<Amendment> found;
  Goods goods = item.declared;
  int const last = draws.below(versions_purpose, once_for_twice) == 0 ? 3 : 2;
  for (int version = 2; version <= last; ++version)
  {
    correct(goods, version, draws);
    Taxes const taxes =
        maker.tariff().taxes(declaration.head.reporter, goods.product,
                             maker.treatment(declaration.relief, item.agreement_claimed, goods.product),
                             {goods.customs_value(), goods.net, goods.quantity, declaration.head.month});
    found.push_back({{},
                     item.row,
                     version,
                     false,
                     goods.invoice,
                     goods.customs_value(),
                     taxes.duty,
                     taxes.vat,
                     item.declared.customs_value()});
  }
  // Queues are not always served in order.
  if (draws.below(order_purpose, 2) == 0)
  {
    std::reverse(found.begin(), found.end());
  }
  return found;
}

}  // namespace

std::vector<Amendment> amendments_of(DeclarationMaker const& maker, std::int64_t row, double share)
{
  Draws const draws(
      stream_key(maker.world().seed(), amendment_stream, static_cast<std::uint64_t>(maker.year().year)),
      static_cast<std::uint64_t>(row));
  if (!is_drawn(draws.bits(amended_purpose), share))
  {
    return {};
  }
  Span span;
  maker.make(row / rows_per_span, span);
  for (int d = 0; d < span.count; ++d)
  {
    Declaration const& declaration = span.declarations[static_cast<std::size_t>(d)];
    for (int i = 0; i < declaration.count; ++i)
    {
      Item const& item = declaration.items[static_cast<std::size_t>(i)];
      // Another value could lift a small consignment over the limit, for all its items.
      if (item.row == row && declaration.relief != Relief::low_value)
      {
        return versions_of(maker, declaration, item, draws);
      }
    }
  }
  return {};
}

}  // namespace tarifa::kernels
