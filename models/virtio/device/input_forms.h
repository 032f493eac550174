// SPDX-License-Identifier: Apache-2.0
// The keyboard, mouse, tablet and touch screen that a virtio input device can be by itself.
#pragma once

#include "backend/input_description.h"

namespace ringside::virtio {

enum class InputForm { Keyboard, Mouse, Tablet, Multitouch };

backend::InputDescription describe_form(InputForm form);

}  // namespace ringside::virtio
