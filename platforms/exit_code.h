// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ringside::program {

/// Exit codes of the program's own. A finished run gives the guest's code.
enum ExitCode {
  kOk = 0,
  kBadConfig = 1,         ///< the platform file, an option's value or a plugin is wrong
  kBadCommandLine = 2,    ///< the command line cannot be understood
  kRefused = 1,           ///< ctl: the command was refused
  kPointsFailed = 1,      ///< sweep: some points failed; the others are done
  kDiffers = 1,           ///< compare --fail: something differs
  kNoConnection = 3,      ///< ctl: nobody listens, or the connection broke
  kTimeout = 124,         ///< --timeout, as with timeout(1)
  kSignalBase = 128,      ///< plus the signal's number, as shells do it
};

}  // namespace ringside::program
