#pragma once

namespace tarifa::kernels
{

/// Natural logarithm and exponential from + - * / alone, within two units of the last place: the same bits on
/// every IEEE 754 processor, which a C library that picks a variant for the processor it runs on does not
/// promise. For figures that are published. NaN gives NaN.
double portable_log(double x);  ///< -infinity at 0, NaN below
double portable_exp(double x);  ///< infinity above 709.78, 0 below -745

/// Inverse of the standard normal distribution, for shares strictly between 0 and 1; within 1e-14 relative.
/// Found by Newton's
/// method, so nothing is fitted.
double normal_quantile(double share);

/// Standard normal distribution function, within 1e-14 absolute.
double normal_share(double x);

}  // namespace tarifa::kernels
