/* Stands in for the part of Windows by this name that Wine lacks, so that Qt can be loaded: it converts
   nothing, as we have no text in rare encodings. Never shipped. */

#define STANDS_IN(name) __declspec(dllexport) void *name(void) { return 0; }

STANDS_IN(ucnv_cbFromUWriteUChars)
STANDS_IN(ucnv_cbToUWriteUChars)
STANDS_IN(ucnv_close)
STANDS_IN(ucnv_countAvailable)
STANDS_IN(ucnv_fromUCountPending)
STANDS_IN(ucnv_fromUnicode)
STANDS_IN(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
STANDS_IN(ucnv_getAvailableName)
STANDS_IN(ucnv_getFromUCallBack)
STANDS_IN(ucnv_getMaxCharSize)
STANDS_IN(ucnv_getName)
STANDS_IN(ucnv_getStandardName)
STANDS_IN(ucnv_getToUCallBack)
STANDS_IN(ucnv_open)
STANDS_IN(ucnv_reset)
STANDS_IN(ucnv_setFromUCallBack)
STANDS_IN(ucnv_setToUCallBack)
STANDS_IN(ucnv_toUCountPending)
STANDS_IN(ucnv_toUnicode)
STANDS_IN(UCNV_TO_U_CALLBACK_SUBSTITUTE)
