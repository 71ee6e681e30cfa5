#include "kernels/synth/invoices.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace tarifa::kernels
{
namespace
{

constexpr std::int64_t rows_of_year = 65536;

using Chains = std::map<std::int64_t, std::vector<Invoice>>;

World const& world()
{
  static World const made(7);
  return made;
}

Actors const& actors()
{
  static Actors const made(world(), {500, 4, Persistence::on});
  return made;
}

Chains make(InvoiceSettings const& settings)
{
  InvoiceMaker const maker(world(), actors(), 2021, rows_of_year, settings);
  Chains chains;
  std::int64_t next = 0;
  for (std::int64_t k = 0; k * invoices_per_span < rows_of_year; ++k)
  {
    for (Invoice const& one : maker.make(k))
    {
      EXPECT_EQ(one.number, next++);
      chains[one.chain].push_back(one);
    }
  }
  EXPECT_EQ(next, rows_of_year);
  return chains;
}

Chains const& usual()
{
  static Chains const made = make({});
  return made;
}

bool is_circle(std::vector<Invoice> const& chain)
{
  return chain.size() > 2 && chain.front().seller.number == chain.back().buyer.number
         && chain.front().seller.is_abroad == chain.back().buyer.is_abroad;
}

TEST(Invoices, ALotGoesFromHandToHand)
{
  for (auto const& [first, chain] : usual())
  {
    ASSERT_EQ(chain.front().number, first);
    for (std::size_t i = 0; i < chain.size(); ++i)
    {
      Invoice const& one = chain[i];
      ASSERT_GT(one.value, 0);
      ASSERT_GE(one.day, 0);
      ASSERT_LT(one.day, 365);
      ASSERT_NE(one.seller.number, one.buyer.number);
      ASSERT_EQ(one.kind == InvoiceKind::acquisition, one.seller.is_abroad);
      ASSERT_EQ(one.kind == InvoiceKind::dispatch, one.buyer.is_abroad);
      ASSERT_TRUE(one.kind == InvoiceKind::domestic || one.vat == 0);
      ASSERT_TRUE(one.vat_paid == one.vat || one.vat_paid == 0);
      if (i > 0)
      {
        ASSERT_EQ(chain[i - 1].buyer.number, one.seller.number);
        ASSERT_EQ(chain[i - 1].product, one.product);
        ASSERT_GE(one.day, chain[i - 1].day);
        ASSERT_LE(one.net, chain[i - 1].net);
      }
    }
  }
}

TEST(Invoices, ACarouselLosesTheTaxOfItsMissingTrader)
{
  std::int64_t legs = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::uint32_t>> missing, brokers;
  for (auto const& [first, chain] : usual())
  {
    if (chain.front().ring == 0)
    {
      continue;
    }
    legs += static_cast<std::int64_t>(chain.size());
    ASSERT_GE(chain.size(), 5U);
    ASSERT_TRUE(is_circle(chain));
    ASSERT_EQ(chain[0].role, ChainRole::conduit);
    ASSERT_EQ(chain[1].role, ChainRole::missing_trader);
    ASSERT_EQ(chain.back().role, ChainRole::broker);
    ASSERT_LT(chain[1].value, chain[0].value);
    ASSERT_EQ(chain[1].vat_paid, 0);
    ASSERT_GT(chain[1].vat, 0);
    std::set<std::uint32_t> members;
    for (Invoice const& one : chain)
    {
      members.insert(one.seller.number);
      ASSERT_EQ(one.net, chain[0].net);
      ASSERT_TRUE(one.role == ChainRole::missing_trader || one.vat_paid == one.vat);
    }
    ASSERT_EQ(members.size(), chain.size()) << "somebody is in it twice";
    std::pair const ring(chain[0].reporter, chain[0].ring);
    missing[ring].insert(chain[1].seller.number);
    brokers[ring].insert(chain.back().seller.number);
  }
  EXPECT_NEAR(static_cast<double>(legs) / rows_of_year, 0.01, 0.003);
  for (auto const& [ring, numbers] : missing)
  {
    EXPECT_LE(numbers.size(), 4U) << "one a quarter";
    EXPECT_LE(brokers[ring].size(), 8U);
  }
}

TEST(Invoices, HonestOnesLookAlikeAndPay)
{
  std::map<ChainOddity, int> rows;
  int circles = 0, below = 0;
  for (auto const& [first, chain] : usual())
  {
    bool const honest_circle = chain.front().ring == 0 && is_circle(chain);
    circles += honest_circle ? 1 : 0;
    for (std::size_t i = 0; i < chain.size(); ++i)
    {
      ++rows[chain[i].oddity];
      // Per kg, to the rounding of the mass.
      bool const at_a_loss =
          i > 0 && chain[i].ring == 0
          && static_cast<double>(chain[i].value) * static_cast<double>(chain[i - 1].net)
                 < 0.98 * static_cast<double>(chain[i - 1].value) * static_cast<double>(chain[i].net);
      below += at_a_loss ? 1 : 0;
      bool const lost = chain[i].vat_paid < chain[i].vat;
      ASSERT_EQ(lost, (chain[i].vat > 0)
                          && (chain[i].role == ChainRole::missing_trader
                              || chain[i].oddity == ChainOddity::insolvent));
    }
  }
  EXPECT_GT(circles, 100);
  EXPECT_GT(below, 300);
  EXPECT_NEAR(rows[ChainOddity::circle], 0.01 * rows_of_year, 150);
  EXPECT_GT(rows[ChainOddity::insolvent], 50);
}

TEST(Invoices, EverythingCanBeSwitchedOff)
{
  for (auto const& [first, chain] : make({0, 0.08, 0, 0, 0}))
  {
    for (Invoice const& one : chain)
    {
      ASSERT_EQ(one.ring, 0U);
      ASSERT_EQ(one.oddity, ChainOddity::none);
      ASSERT_EQ(one.vat, one.vat_paid);
    }
  }
  std::int64_t legs = 0;
  for (auto const& [first, chain] : make({0.1, 0.3, 0, 0, 0}))
  {
    if (chain.front().ring > 0)
    {
      legs += static_cast<std::int64_t>(chain.size());
      ASSERT_LT(chain[1].value, chain[0].value * 85 / 100);
    }
  }
  EXPECT_NEAR(static_cast<double>(legs) / rows_of_year, 0.1, 0.01);
}

TEST(Invoices, RowsAreTheSameInAnyPiecesAndForFewTraders)
{
  Actors const few(world(), {3, 2, Persistence::on});
  for (Actors const* who : {&actors(), &few})
  {
    InvoiceMaker const maker(world(), *who, 2021, 1003, {0.3, 0.1, 0.1, 0.1, 0.1});
    std::string whole, pieces;
    InvoiceTruth truth;
    maker.append(0, 1003, whole, &truth);
    maker.append(0, 400, pieces, nullptr);
    maker.append(400, 603, pieces, nullptr);
    EXPECT_EQ(whole, pieces);
    EXPECT_EQ(truth.chain.size(), 1003U);
    EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 1003);
  }
}

}  // namespace
}  // namespace tarifa::kernels
