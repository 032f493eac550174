// SPDX-License-Identifier: Apache-2.0
// The parts of the page, as they lie beside this file.
#pragma once

namespace ringside::report {

extern const char* const kPage;    ///< page.html
extern const char* const kStyle;   ///< page.css
extern const char* const kScript;  ///< page.js

}  // namespace ringside::report
