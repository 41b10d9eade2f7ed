# contrib/: what helps to install, package and try; nothing the build needs.
EXTRA_DIST += contrib/deps contrib/user contrib/try-it contrib/regent.sysusers contrib/regentd.service.in
CLEANFILES += contrib/regentd.service
noinst_DATA = contrib/regentd.service

contrib/regentd.service: contrib/regentd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib && sed -e 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/contrib/regentd.service.in >$@

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = contrib/completion/regentctl contrib/completion/regentd
dist_check_SCRIPTS += tests/conf/completion.sh
