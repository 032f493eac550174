// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cpu/fp/format.h"

/// Arithmetic with full attention to the flags: what fp.h falls back to when it cannot take the
/// host's result straight away. An operation that turns out to be exact needs no rounding, so the
/// host's result holds in every mode and no flag is due; whatever else is computed with integers.
/// Programs that count in floating point never set NX and would otherwise stay on the slow path.
namespace ringside::cpu::fp::exact {

template <class F>
typename F::Bits add(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags);

template <class F>
typename F::Bits mul(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags);

template <class F>
typename F::Bits div(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags);

template <class F>
typename F::Bits sqrt(typename F::Bits a, Rm rm, Flags& flags);

template <class F>
typename F::Bits fma(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rm rm,
                     Flags& flags);

}  // namespace ringside::cpu::fp::exact
