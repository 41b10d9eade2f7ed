#!/bin/sh
# Make ./configure and the Makefile templates from configure.ac and Makefile.am.
set -e
cd "$(dirname "$0")"
autoreconf --install --force --warnings=all,no-portability
# Where configure removes what a crash of its tests may have left, it means a file named core, not our folder, and complains.
sed -e 's/rm -f core conftest/rm -f conftest/' -e 's/rm -f core \*\.core/rm -f *.core/' configure >configure.new
cat configure.new >configure
rm configure.new
