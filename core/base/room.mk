noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	core/base/addr.c core/base/addr.h \
	core/base/buf.c core/base/buf.h \
	core/base/key.c core/base/key.h \
	core/base/log.c core/base/log.h \
	core/base/mono.h \
	core/base/text.c core/base/text.h
