# SPDX-License-Identifier: Apache-2.0
# Makes DIR/NAME__ALL.cpp of all that Verilator has written there: its file names are not known before, and one file
# compiles fastest.
file(GLOB parts RELATIVE ${DIR} ${DIR}/${NAME}*.cpp)
list(SORT parts)
set(text "")
foreach(part ${parts})
  string(APPEND text "#include \"${part}\"\n")
endforeach()
file(WRITE ${DIR}/${NAME}__ALL.cpp "${text}")
