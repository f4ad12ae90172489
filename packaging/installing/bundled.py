"""What packages and the interpreter have inside without a licence text of its own: which, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch

GCC_RUNTIME = ("GPL-3.0", "GCC-exception-3.1")
QT = "PySide6_Essentials"
EVERY_SYSTEM = ("linux", "windows", "macos")


@dataclass(frozen=True)
class Component:
    """A program that comes inside others.

    Attributes:
        name: As its makers call it.
        texts: Its licence: names of files in `licence_texts`.
        copyright: Whose it is; stands above the texts, where these do not say it themselves.
        libraries: Patterns of the names of its libraries, in small letters.
        within: Programs that have it inside without a library of its own.
        systems: Where they do.
        notices: What its makers want read beside its licence: names of files there, too.
    """

    name: str
    texts: tuple[str, ...]
    copyright: str = ""
    libraries: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    systems: tuple[str, ...] = EVERY_SYSTEM
    notices: tuple[str, ...] = ()

    @property
    def licence(self) -> str:
        """The licence in a few words."""
        return (" with " if "exception" in self.texts[-1] else " AND ").join(self.texts)

    def has_library(self, name: str) -> bool:
        """Return whether a library of this name, in small letters, belongs to it."""
        return any(fnmatch(name, pattern) for pattern in self.libraries)


TEXTS_OF_PACKAGES = {
    "PySide6_Essentials": ("LGPL-3.0", "GPL-3.0"),
    "shiboken6": ("LGPL-3.0", "GPL-3.0"),
    "pygame-ce": ("LGPL-2.1",),
}
"""Packages whose wheels have no licence text: what they name as their licence."""

LIBRARIES_OF_PACKAGES = ("PySide6/", "shiboken6/", "torch/lib/", "llvmlite/binding/")
"""Where packages keep libraries that are their own; each has a licence text."""

COMPONENTS = (
    Component(
        "ALSA library",
        ("LGPL-2.1",),
        "Copyright (C) Jaroslav Kysela, Abramo Bagnara, Takashi Iwai and others",
        ("libasound*",),
    ),
    Component(
        "Brotli",
        ("MIT",),
        "Copyright (c) 2009, 2010, 2013-2016 by the Brotli Authors.",
        ("libbrotli*",),
    ),
    Component("bzip2", ("bzip2-1.0.6",), "", ("libbz2*",), within=("Python",)),
    Component("Cyrus SASL", ("BSD-Attribution-HPND-disclaimer",), "", ("libsasl2*",)),
    Component(
        "double-conversion",
        ("BSD-3-Clause",),
        "Copyright 2006-2011, the V8 project authors. All rights reserved.",
        within=(QT,),
    ),
    Component(
        "Expat",
        ("MIT",),
        "Copyright (c) 1998-2000 Thai Open Source Software Center Ltd and Clark Cooper\n"
        "Copyright (c) 2001-2025 Expat maintainers",
        ("libexpat*",),
        within=("Python",),
    ),
    Component(
        "FLAC",
        ("BSD-3-Clause",),
        "Copyright (C) 2000-2009 Josh Coalson\nCopyright (C) 2011-2025 Xiph.Org Foundation",
        ("libflac*",),
    ),
    Component("FluidSynth", ("LGPL-2.1",), "Copyright (C) Peter Hanappe and others", ("libfluidsynth*",)),
    Component(
        "FreeType",
        ("FTL",),
        "Portions of this software are copyright © The FreeType Project (www.freetype.org). "
        "All rights reserved.",
        ("libfreetype*", "freetype.dll"),
        within=(QT,),
    ),
    Component(
        "GCC's libquadmath",
        ("LGPL-2.1",),
        "Copyright (C) 2010-2025 Free Software Foundation, Inc.",
        ("libquadmath*",),
    ),
    Component(
        "GCC's runtime libraries",
        GCC_RUNTIME,
        "Copyright (C) Free Software Foundation, Inc.",
        ("libgomp*", "libgfortran*", "libgcc_s*", "libstdc++*"),
    ),
    Component(
        "HarfBuzz",
        ("MIT-Modern-Variant",),
        "Copyright © 2010-2025 Google, Inc. and others",
        ("libharfbuzz*",),
        within=(QT,),
    ),
    Component("ICU", ("Unicode-3.0",), "", ("libicu*",)),
    Component(
        # PyTorch's libraries for x86-64 contain version 2024.2; both texts are those of the wheel
        # mkl-include 2024.2.0.
        "Intel oneAPI Math Kernel Library",
        ("Intel-Simplified",),
        "Copyright (c) Intel Corporation",
        within=("torch",),
        systems=("linux", "windows"),
        notices=("Intel-oneMKL-third-party-programs",),
    ),
    Component(
        # The very libraries, and both texts, are in the wheel intel-openmp 2026.1.0 for Windows.
        "Intel OpenMP runtime",
        ("Intel-EULA-for-Developer-Tools",),
        "Copyright (C) 1997-2025, Intel Corporation. All Rights Reserved.",
        ("libiomp5md.dll", "libiompstubs5md.dll"),
        notices=("Intel-OpenMP-third-party-programs",),
    ),
    Component(
        "keyutils", ("LGPL-2.1",), "Copyright (C) 2005 Red Hat. Written by David Howells", ("libkeyutils*",)
    ),
    Component(
        "libcom_err",
        ("MIT",),
        "Copyright 1987, 1988 by the Student Information Processing Board of the Massachusetts Institute "
        "of Technology",
        ("libcom_err*",),
    ),
    Component(
        "libffi",
        ("MIT",),
        "Copyright (c) 1996-2025 Anthony Green, Red Hat, Inc and others.",
        ("libffi*",),
        within=("Python",),
    ),
    Component(
        "libjpeg-turbo",
        ("IJG", "BSD-3-Clause"),
        "This software is based in part on the work of the Independent JPEG Group.\n"
        "Copyright (C) 1991-2022 Thomas G. Lane, Guido Vollbeding\n"
        "Copyright (C) 2009-2025 D. R. Commander and others",
        ("libjpeg*",),
        within=(QT,),
    ),
    Component("libpng", ("libpng-2.0",), "", ("libpng*",), within=(QT,)),
    Component(
        "libsndfile",
        ("LGPL-2.1",),
        "Copyright (C) 1999-2016 Erik de Castro Lopo and others",
        ("libsndfile*",),
    ),
    Component("LibTIFF", ("libtiff",), "", ("libtiff*",)),
    Component("libuuid", ("BSD-3-Clause",), "Copyright (C) 1996-2007 Theodore Ts'o", ("libuuid*",)),
    Component(
        "libuv", ("MIT",), "Copyright (c) 2015-present libuv project contributors.", ("libuv*", "uv.dll")
    ),
    Component(
        "libwebp",
        ("BSD-3-Clause",),
        "Copyright (c) 2010, Google Inc. All rights reserved.",
        ("libwebp*", "libsharpyuv*"),
        within=(QT,),
    ),
    Component(
        "libX11, libXau, libXdmcp",
        ("MIT-open-group",),
        "Copyright 1985-1998 The Open Group",
        ("libx11*", "libxau*", "libxdmcp*"),
    ),
    Component(
        "libxcb and its extensions",
        ("MIT",),
        "Copyright (C) 2001-2014 Bart Massey, Jamey Sharp, Josh Triplett, Ian Osgood and others",
        ("libxcb*",),
    ),
    Component(
        "libxcrypt",
        ("LGPL-2.1",),
        "Copyright (C) Thorsten Kukuk, Björn Esser, Zack Weinberg and others",
        ("libcrypt-*", "libcrypt.so*"),
    ),
    Component(
        "libxkbcommon",
        ("MIT",),
        "Copyright © 1985-2012 Daniel Stone, Ran Benita, Intel Corporation, Red Hat and others",
        ("libxkbcommon*",),
    ),
    Component(
        "libxmp",
        ("MIT",),
        "Copyright (C) 1996-2025 Claudio Matsuoka and Hipolito Carraro Jr",
        ("libxmp*",),
    ),
    Component(
        "LLVM's OpenMP runtime",
        ("Apache-2.0", "LLVM-exception"),
        "Copyright (c) 1997-2025 Intel Corporation and the LLVM contributors",
        ("libomp.*",),
    ),
    Component("MD4C", ("MIT",), "Copyright (c) 2016-2024 Martin Mitáš", within=(QT,)),
    Component(
        "Mesa",
        ("MIT",),
        "Copyright (C) 1999-2007 Brian Paul and others. All Rights Reserved.",
        ("opengl32sw.dll",),
    ),
    Component(
        "Microsoft Visual C++ runtime",
        ("Microsoft-redistributable",),
        "Copyright (c) Microsoft Corporation. All rights reserved.",
        ("msvcp140*", "vcruntime140*", "concrt140*", "vccorlib140*", "vcomp140*", "vcamp140*"),
    ),
    Component(
        "MIT Kerberos",
        ("BSD-2-Clause",),
        "Copyright (C) 1985-2025 by the Massachusetts Institute of Technology. All rights reserved.",
        ("libgssapi_krb5*", "libkrb5*", "libk5crypto*"),
    ),
    Component(
        "mpdecimal",
        ("BSD-2-Clause",),
        "Copyright (c) 2008-2024 Stefan Krah. All rights reserved.",
        ("libmpdec*",),
        within=("Python",),
    ),
    Component(
        "mpg123",
        ("LGPL-2.1",),
        "Copyright (C) 1995-2025 Michael Hipp, Thomas Orgis and others",
        ("libmpg123*",),
    ),
    Component(
        "NSIS, which made installer and uninstaller",
        ("Zlib",),
        "Copyright (C) 1999-2025 Contributors",
        within=("PPO Desktop",),
        systems=("windows",),
    ),
    Component("Ogg", ("BSD-3-Clause",), "Copyright (c) 2002, Xiph.org Foundation", ("libogg*",)),
    Component(
        "OpenBLAS",
        ("BSD-3-Clause",),
        "Copyright (c) 2011-2014, The OpenBLAS Project. All rights reserved.",
        ("libscipy_openblas*",),
    ),
    Component(
        "OpenJPEG",
        ("BSD-2-Clause",),
        "Copyright (c) 2002-2014, Universite catholique de Louvain (UCL), Belgium, and others",
        ("libopenjp2*",),
    ),
    Component(
        "OpenLDAP", ("OLDAP-2.8",), "Copyright 1998-2025 The OpenLDAP Foundation", ("libldap*", "liblber*")
    ),
    Component(
        "OpenSSL",
        ("Apache-2.0",),
        "Copyright (c) 1998-2025 The OpenSSL Project Authors\n"
        "Copyright (c) 1995-1998 Eric A. Young, Tim J. Hudson",
        ("libcrypto*", "libssl*"),
        within=("Python",),
    ),
    Component(
        "Opus",
        ("BSD-3-Clause",),
        "Copyright 2001-2023 Xiph.Org, Skype Limited, Octasic, Jean-Marc Valin, Timothy B. Terriberry, "
        "CSIRO, Gregory Maxwell, Mark Borgerding, Erik de Castro Lopo, Mozilla, Amazon",
        ("libopus*",),
    ),
    Component(
        "PCRE2",
        ("BSD-3-Clause",),
        "Copyright (c) 1997-2024 University of Cambridge, Philip Hazel; 2010-2024 Zoltan Herczeg",
        within=(QT,),
    ),
    Component(
        "PortMidi",
        ("MIT",),
        "Copyright (c) 1999-2000 Ross Bencina and Phil Burk\nCopyright (c) 2001-2009 Roger B. Dannenberg",
        ("libportmidi*", "portmidi.dll"),
    ),
    Component("PostgreSQL's client library", ("PostgreSQL",), "", ("libpq*",)),
    Component(
        "SDL with SDL_image, SDL_mixer and SDL_ttf",
        ("Zlib",),
        "Copyright (C) 1997-2025 Sam Lantinga <slouken@libsdl.org>",
        ("libsdl2*", "sdl2*.dll"),
    ),
    Component("SQLite", ("blessing",), "", ("libsqlite3*", "sqlite3.dll"), within=("Python", QT)),
    Component(
        "TI-RPC",
        ("BSD-3-Clause",),
        "Copyright (c) Bull S.A. 2005-2017; Sun Microsystems, Inc.",
        ("libtirpc*",),
    ),
    Component("Vorbis", ("BSD-3-Clause",), "Copyright (c) 2002-2020 Xiph.org Foundation", ("libvorbis*",)),
    Component("WavPack", ("BSD-3-Clause",), "Copyright (c) 1998-2025 David Bryant", ("libwavpack*",)),
    Component(
        "XZ Utils",
        ("0BSD",),
        "Copyright (C) The XZ Utils authors and contributors",
        ("liblzma*",),
        ("Python",),
    ),
    Component(
        "zlib and zlib-ng",
        ("Zlib",),
        "Copyright (C) 1995-2024 Jean-loup Gailly and Mark Adler\nCopyright (C) zlib-ng contributors",
        ("libz.*", "libz-*", "zlib*.dll"),
        within=("Python", QT),
    ),
    Component(
        "Zstandard",
        ("BSD-3-Clause",),
        "Copyright (c) Meta Platforms, Inc. and affiliates. All rights reserved.",
        ("libzstd*",),
    ),
)
"""Sorted by name."""
