# SPDX-License-Identifier: Apache-2.0
"""The programs: lines of shell that run in a directory of their own, {home} in addresses of talks."""

import collections

# name, packages     what it is called here, and Debian's packages that it takes
# start              the line that becomes the root of the tree; a shell's own tree with shell=True
# prepare            what comes before, once
# ready              repeated until it succeeds
# before             brings it into a state
# check              whether it is in that state; after the start and after each restore
# talks              ((address, ((ask, answer), ...)), ...): connections that stay open; no ask: a greeting
# root               prints the pid of the tree's root where the start has ended
# settle             seconds until it is at rest
Program = collections.namedtuple(
    "Program", "name packages start prepare ready before check talks root settle shell",
    defaults=("", "true", "", "true", (), "", 0.5, False))


def local(port, *asks):
    return (("127.0.0.1", port), asks)


def http(port, path="/"):
    ask = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return local(port, (ask, "HTTP/1.1 200"))


def web(port, path="/", want=""):
    return f"curl -sf http://127.0.0.1:{port}{path} | grep -q '{want}'"


COUNT = "[ $(tail -1 count) -gt $(cat seen 2>/dev/null || echo 0) ] && tail -1 count >seen"
# The counters write a number in a line again and again, a compiler not as often as a loop; the check waits for the next.
GOES_ON = f"for i in $(seq 100); do sleep 0.1; {COUNT} && exit; done; exit 1"


def counter(name, packages, start, prepare="", settle=0.5, shell=False):
    return Program(name, packages, start, prepare, "[ -s count ]", "", GOES_ON, settle=settle, shell=shell)


def tmux(name, packages, command, keys, shown, prepare=""):
    """A program under a terminal: what is typed before the checkpoint is on its screen after it."""
    return Program(
        name, "tmux " + packages, f"tmux -S sock -f /dev/null new-session -d -x 80 -y 24 '{command}'",
        prepare, "tmux -S sock list-sessions && sleep 1",
        f"tmux -S sock send-keys {keys}; sleep 1",
        f"tmux -S sock capture-pane -p | grep -q '{shown}'; a=$?; "
        "tmux -S sock send-keys F12 2>/dev/null; tmux -S sock list-sessions >/dev/null && exit $a",
        root="tmux -S sock display-message -p '#{pid}'", settle=1)


ADOPT = "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:]); [os.wait() for _ in iter(int, 1)]"
TITLE = "curl -s http://127.0.0.1:9223/json/list | sed -n 's/.*\"title\": \"\\([1-9][0-9]*\\)\".*/\\1/p'"

SERVERS = [
    Program(
        "redis", "redis-server redis-tools", "redis-server --port 6390 --save '' --dir .",
        ready="redis-cli -p 6390 ping", before="redis-cli -p 6390 set k v",
        check="[ $(redis-cli -p 6390 get k) = v ]",
        talks=(local(6390, ("PING\r\n", "+PONG")),)),
    Program(
        "redis-transaction", "redis-server redis-tools", "redis-server --port 6391 --save '' --dir .",
        ready="redis-cli -p 6391 ping", check="redis-cli -p 6391 ping",
        talks=(local(6391, ("MULTI\r\nINCR n\r\n", "+QUEUED"), ("EXEC\r\n", "*1")),)),
    Program(
        "postgresql", "postgresql", "setpriv --reuid postgres --regid postgres --clear-groups "
        "$(ls -d /usr/lib/postgresql/*/bin)/postgres -D data -p 5433 -k .",
        "chown postgres . && setpriv --reuid postgres --regid postgres --clear-groups "
        "$(ls -d /usr/lib/postgresql/*/bin)/initdb -A trust -D data",
        "psql -h 127.0.0.1 -p 5433 -U postgres -c 'select 1'",
        "psql -h 127.0.0.1 -p 5433 -U postgres -c 'create table t as select 42 as n'",
        "psql -h 127.0.0.1 -p 5433 -U postgres -tc 'select n from t' | grep -q 42", settle=1),
    Program(
        "postgresql-transaction", "postgresql",
        "setpriv --reuid postgres --regid postgres --clear-groups "
        "$(ls -d /usr/lib/postgresql/*/bin)/postgres -D data -p 5433 -k .",
        "chown postgres . && setpriv --reuid postgres --regid postgres --clear-groups "
        "$(ls -d /usr/lib/postgresql/*/bin)/initdb -A trust -D data",
        "psql -h 127.0.0.1 -p 5433 -U postgres -c 'select 1'",
        # A client that stays connected, in a transaction that it never ends, and is asked through a file.
        "echo 'begin; create table u (n int);' >asked; "
        "setsid bash -c 'tail -f asked | psql -h 127.0.0.1 -p 5433 -U postgres -At >answers 2>&1' </dev/null >/dev/null 2>&1 &",
        "echo \"insert into u values (1); select 'rows ' || count(*) from u;\" >>asked; wanted=$(grep -c rows asked); "
        "for i in $(seq 100); do grep -q \"^rows $wanted\" answers && break; sleep 0.1; done; "
        "grep -q \"^rows $wanted\" answers && ! psql -h 127.0.0.1 -p 5433 -U postgres -c 'select n from u'", settle=1),
    Program(
        "mariadb", "mariadb-server mariadb-client", "mariadbd --no-defaults --user=root --datadir={d} "
        "--socket={d}/s --port=3307 --bind-address=127.0.0.1".replace("{d}", "$PWD/data"),
        "mariadb-install-db --no-defaults --user=root --datadir=$PWD/data --auth-root-authentication-method=normal",
        "mariadb -h 127.0.0.1 -P 3307 -u root -e 'select 1'",
        "mariadb -h 127.0.0.1 -P 3307 -u root -e 'create table test.t (n int) engine=innodb; insert into test.t values (42)'",
        "mariadb -h 127.0.0.1 -P 3307 -u root -Ne 'select n from test.t' | grep -q 42", settle=1),
    Program(
        "memcached", "memcached", "memcached -p 11212 -l 127.0.0.1 -u nobody",
        ready="echo version | nc -q1 127.0.0.1 11212 | grep VERSION",
        before="printf 'set k 0 0 1\\r\\nv\\r\\n' | nc -q1 127.0.0.1 11212",
        check="printf 'get k\\r\\n' | nc -q1 127.0.0.1 11212 | grep -q VALUE",
        talks=(local(11212, ("get k\r\n", "VALUE k")),)),
    Program(
        "sqlite-transaction", "sqlite3", "(echo 'create table t(n);'; echo 'begin immediate; insert into t values (42);'; "
        "echo '.shell touch begun'; while [ ! -e go ]; do sleep 0.1; done; echo 'commit;'; sleep 1000) | sqlite3 db",
        ready="[ -e begun ]", check="! sqlite3 db 'begin immediate' 2>/dev/null", shell=True),
    Program(
        "etcd", "etcd-server etcd-client", "etcd --data-dir data --listen-client-urls http://127.0.0.1:2379 "
        "--advertise-client-urls http://127.0.0.1:2379",
        ready="ETCDCTL_API=3 etcdctl endpoint health", before="ETCDCTL_API=3 etcdctl put k v",
        check="ETCDCTL_API=3 etcdctl get k | grep -q v"),
    Program(
        "nginx", "nginx-light curl", "nginx -p . -c n.conf -g 'daemon off;'",
        "mkdir -p w; echo hello >w/index.html; printf 'pid n.pid; error_log e.log; events {} http { access_log off; "
        "server { listen 127.0.0.1:8081; root w; } }' >n.conf; chmod -R a+rX .",
        web(8081), check=web(8081, want="hello"), talks=(http(8081),)),
    Program(
        "apache2", "apache2 curl", "apache2 -d . -f a.conf -DFOREGROUND",
        "mkdir -p w; echo hello >w/index.html; M=/usr/lib/apache2/modules; printf 'ServerName x\\nListen 127.0.0.1:8082\\n"
        "PidFile a.pid\\nErrorLog e.log\\nLoadModule mpm_event_module '$M'/mod_mpm_event.so\\n"
        "LoadModule authz_core_module '$M'/mod_authz_core.so\\nLoadModule dir_module '$M'/mod_dir.so\\n"
        "DocumentRoot \"'$PWD'/w\"\\nKeepAliveTimeout 100\\nUser www-data\\nGroup www-data\\n' >a.conf; chmod -R a+rX .",
        web(8082), check=web(8082, want="hello"), talks=(http(8082),)),
    Program(
        "lighttpd", "lighttpd curl", "lighttpd -D -f l.conf",
        "mkdir -p w; echo hello >w/index.html; printf 'server.document-root=\"'$PWD'/w\"\\nserver.port=8083\\n"
        "server.bind=\"127.0.0.1\"\\nindex-file.names=(\"index.html\")\\nserver.max-keep-alive-idle=100\\n' >l.conf",
        web(8083), check=web(8083, want="hello"), talks=(http(8083),)),
    Program(
        "haproxy", "haproxy curl", "haproxy -f h.cfg",
        "printf 'defaults\\n mode http\\n timeout client 100s\\n timeout server 100s\\n timeout connect 5s\\n"
        "frontend f\\n bind 127.0.0.1:8084\\n http-request return status 200 content-type text/plain string hello\\n' >h.cfg",
        web(8084), check=web(8084, want="hello"), talks=(http(8084),)),
    Program(
        "php", "php-cli curl", "php -S 127.0.0.1:8086 -t w",
        "mkdir w; echo '<?php echo \"hello\", PHP_VERSION;' >w/index.php", web(8086), check=web(8086, want="hello")),
    Program(
        "php-fpm", "php-fpm libfcgi-bin", "$(ls /usr/sbin/php-fpm*) -F -R -y f.conf",
        "printf '[global]\\nerror_log='$PWD'/log\\n[w]\\nuser=nobody\\nlisten='$PWD'/s\\npm=static\\npm.max_children=2\\n"
        "ping.path=/ping\\n' >f.conf",
        "[ -S s ]", check="SCRIPT_NAME=/ping SCRIPT_FILENAME=/ping REQUEST_METHOD=GET cgi-fcgi -bind -connect s | grep -q pong"),
    Program(
        "gunicorn", "gunicorn curl", "gunicorn -w 2 -b 127.0.0.1:8087 app:app",
        "printf 'def app(e, s):\\n s(\"200 OK\", [])\\n return [b\"hello\"]\\n' >app.py",
        web(8087), check=web(8087, want="hello")),
    Program(
        "uwsgi", "uwsgi-plugin-python3 curl", "uwsgi --plugin python3 --http-socket 127.0.0.1:8088 --wsgi-file app.py "
        "--master --processes 2 --threads 2",
        "printf 'def application(e, s):\\n s(\"200 OK\", [])\\n return [b\"hello\"]\\n' >app.py",
        web(8088), check=web(8088, want="hello")),
    Program(
        "python-http", "python3 curl", "python3 -m http.server --bind 127.0.0.1 --protocol HTTP/1.1 8089",
        "echo hello >index.html", web(8089), check=web(8089, want="hello"), talks=(http(8089),)),
    Program(
        "node-http", "nodejs curl", "node s.js",
        "echo 'let n=0;require(\"http\").createServer((q,r)=>r.end(\"hello\"+n++)).listen(8090,\"127.0.0.1\").keepAliveTimeout=1e6' >s.js",
        web(8090), check=web(8090, want="hello"), talks=(http(8090),)),
    Program(
        "ruby-webrick", "ruby ruby-webrick curl", "ruby -run -e httpd -- -b 127.0.0.1 -p 8091 .",
        "echo hello >index.html", web(8091), check=web(8091, want="hello")),
    Program(
        "tomcat", "tomcat10 curl", "env CATALINA_BASE=$PWD/t CATALINA_HOME=/usr/share/tomcat10 "
        "/usr/share/tomcat10/bin/catalina.sh run",
        "mkdir -p t/{conf,logs,temp,webapps/ROOT,work}; cp -r /etc/tomcat10/* t/conf/; sed -i s/8080/8092/ t/conf/server.xml; "
        "echo hello >t/webapps/ROOT/index.html",
        web(8092), check=web(8092, want="hello"), settle=2),
    Program(
        "named", "bind9 bind9-dnsutils", "named -g -c n.conf -p 5301",
        "printf 'options { directory \"'$PWD'\"; listen-on port 5301 { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; "
        "pid-file \"p\"; session-keyfile \"k\"; managed-keys-directory \"'$PWD'\"; }; zone \"x\" { type primary; file \"z\"; }; controls {};' >n.conf; "
        "printf '$TTL 60\\n@ SOA a. b. 1 60 60 60 60\\n NS a.\\nh A 1.2.3.4\\n' >z",
        "dig +short +time=1 -p 5301 @127.0.0.1 h.x | grep 1.2.3.4", check="dig +short -p 5301 @127.0.0.1 h.x | grep -q 1.2.3.4"),
    Program(
        "dnsmasq", "dnsmasq-base bind9-dnsutils", "dnsmasq -k -p 5302 -R -C /dev/null -x $PWD/p --listen-address=127.0.0.1 "
        "--bind-interfaces -A /h.x/1.2.3.4 -u root",
        ready="dig +short +time=1 -p 5302 @127.0.0.1 h.x | grep 1.2.3.4", check="dig +short -p 5302 @127.0.0.1 h.x | grep -q 1.2.3.4"),
    Program(
        "unbound", "unbound bind9-dnsutils", "unbound -d -c u.conf",
        "printf 'server:\\n interface: 127.0.0.1@5303\\n username: \"\"\\n chroot: \"\"\\n pidfile: \"'$PWD'/p\"\\n use-syslog: no\\n"
        " local-data: \"h.x A 1.2.3.4\"\\nremote-control:\\n control-enable: no\\n' >u.conf",
        "dig +short +time=1 -p 5303 @127.0.0.1 h.x | grep 1.2.3.4", check="dig +short -p 5303 @127.0.0.1 h.x | grep -q 1.2.3.4"),
    Program(
        "nsd", "nsd bind9-dnsutils", "nsd -d -c n.conf",
        "printf 'server:\\n ip-address: 127.0.0.1@5304\\n username: \"\"\\n pidfile: \"'$PWD'/p\"\\n zonesdir: \"'$PWD'\"\\n database: \"\"\\n"
        " xfrdfile: \"'$PWD'/x\"\\n zonelistfile: \"'$PWD'/l\"\\n xfrdir: \"'$PWD'\"\\nremote-control:\\n control-enable: no\\nzone:\\n name: x\\n zonefile: z\\n' >n.conf; "
        "printf '$TTL 60\\n@ SOA a. b. 1 60 60 60 60\\n NS a.\\nh A 1.2.3.4\\n' >z",
        "dig +short +time=1 -p 5304 @127.0.0.1 h.x | grep 1.2.3.4", check="dig +short -p 5304 @127.0.0.1 h.x | grep -q 1.2.3.4"),
    Program(
        "slapd", "slapd ldap-utils", "/usr/sbin/slapd -h ldap://127.0.0.1:3890 -f s.conf -d 0",
        "mkdir db; printf 'include /etc/ldap/schema/core.schema\\nmodulepath /usr/lib/ldap\\nmoduleload back_mdb\\ndatabase mdb\\nsuffix \"o=x\"\\n"
        "rootdn \"cn=a,o=x\"\\nrootpw p\\ndirectory '$PWD'/db\\n' >s.conf",
        "ldapsearch -x -H ldap://127.0.0.1:3890 -b '' -s base",
        "printf 'dn: o=x\\nobjectClass: organization\\no: x\\n' | ldapadd -x -H ldap://127.0.0.1:3890 -D cn=a,o=x -w p",
        "ldapsearch -x -H ldap://127.0.0.1:3890 -b o=x | grep -q 'o: x'"),
    Program(
        "mosquitto", "mosquitto mosquitto-clients", "mosquitto -p 1884",
        ready="mosquitto_pub -p 1884 -t a -m b", before="mosquitto_pub -p 1884 -r -t k -m v",
        check="mosquitto_sub -p 1884 -C 1 -W 5 -t k | grep -q v"),
    Program(
        "rabbitmq", "rabbitmq-server", "rabbitmq-server",
        "printf 'NODENAME=field@localhost\\nMNESIA_BASE=%s\\nLOG_BASE=%s\\nNODE_IP_ADDRESS=127.0.0.1\\nNODE_PORT=5673\\n' $PWD $PWD >/etc/rabbitmq/rabbitmq-env.conf; chown -R rabbitmq .",
        "nc -z 127.0.0.1 5673", check="nc -z 127.0.0.1 5673", settle=3),
    Program(
        "sshd", "openssh-server", "/usr/sbin/sshd -D -p 2223 -f s.conf",
        "mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N '' -f k; printf 'HostKey '$PWD'/k\\nListenAddress 127.0.0.1\\nPidFile none\\n' >s.conf",
        "echo | nc -q1 127.0.0.1 2223 | grep SSH", check="echo | nc -q1 127.0.0.1 2223 | grep -q SSH-2.0",
        talks=(local(2223, (None, "SSH-2.0")),)),
    Program(
        "rsyncd", "rsync", "rsync --daemon --no-detach --port 8731 --config r.conf",
        "echo hello >f; printf 'use chroot = no\\nuid = root\\n[m]\\n path = '$PWD'\\n' >r.conf",
        "rsync rsync://127.0.0.1:8731/", check="rsync rsync://127.0.0.1:8731/m/f /dev/null -n"),
    Program(
        "vsftpd", "vsftpd curl", "vsftpd v.conf",
        "mkdir -p /run/vsftpd/empty; printf 'listen=YES\\nlisten_port=2122\\nlisten_address=127.0.0.1\\nanonymous_enable=YES\\nanon_root=/srv\\nbackground=NO\\nsecure_chroot_dir=/run/vsftpd/empty\\n' >v.conf; mkdir -p /srv",
        "echo | nc -q1 127.0.0.1 2122 | grep 220", check="echo QUIT | nc -q1 127.0.0.1 2122 | grep -q 220",
        talks=(local(2122, (None, "220"), ("NOOP\r\n", "530")),)),
    Program(
        "smbd", "samba", "smbd -F --no-process-group -s s.conf",
        "mkdir -p d/ncalrpc; printf '[global]\\nsmb ports=4450\\ninterfaces=lo\\nbind interfaces only=yes\\nprivate dir='$PWD'/d\\nlock directory='$PWD'/d\\nstate directory='$PWD'/d\\ncache directory='$PWD'/d\\npid directory='$PWD'/d\\nncalrpc dir='$PWD'/d/ncalrpc\\nlog file='$PWD'/l\\n' >s.conf",
        "nc -z 127.0.0.1 4450", check="nc -z 127.0.0.1 4450"),
    Program(
        "dovecot", "dovecot-imapd", "dovecot -F -c d.conf",
        "printf 'base_dir='$PWD'/b\\nprotocols=imap\\nlog_path='$PWD'/l\\nssl=no\\nlisten=127.0.0.1\\npassdb {\\n driver=static\\n args=password=p\\n}\\nuserdb {\\n driver=static\\n args=uid=1 gid=1 home=/tmp\\n}\\nservice imap-login {\\n inet_listener imap {\\n port=1430\\n }\\n inet_listener imaps {\\n port=0\\n }\\n}\\n' >d.conf",
        "echo | nc -q1 127.0.0.1 1430 | grep OK", check="echo | nc -q1 127.0.0.1 1430 | grep -q OK"),
    Program("cron", "cron", "cron -f", ready="[ -e /run/crond.pid ]", check="[ -d /proc/$(cat /run/crond.pid) ]"),
    Program("rsyslog", "rsyslog", "rsyslogd -n -iNONE -f r.conf",
            "printf 'module(load=\"imuxsock\" SysSock.Use=\"off\")\\ninput(type=\"imuxsock\" Socket=\"'$PWD'/s\")\\n*.* '$PWD'/o\\n' >r.conf",
            "[ -S s ]", check="n=$RANDOM; logger -u $PWD/s hello$n; sleep 0.5; grep -q hello$n o"),
    Program("dbus", "dbus", "dbus-daemon --session --nofork --address=unix:path=$PWD/s", ready="[ -S s ]",
            check="dbus-send --bus=unix:path=$PWD/s --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames"),
    Program("supervisor", "supervisor", "supervisord -n -c s.conf",
            "printf '[supervisord]\\nlogfile='$PWD'/l\\npidfile='$PWD'/p\\n[unix_http_server]\\nfile='$PWD'/s\\n[rpcinterface:supervisor]\\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\\n[supervisorctl]\\nserverurl=unix://'$PWD'/s\\n[program:p]\\ncommand=sleep 10000\\n' >s.conf",
            "supervisorctl -c s.conf status p | grep RUNNING", check="supervisorctl -c s.conf status p | grep -q RUNNING"),
    Program("prometheus", "prometheus curl", "prometheus --config.file=p.yml --storage.tsdb.path=d --web.listen-address=127.0.0.1:9091",
            "echo 'global: {scrape_interval: 1s}' >p.yml", web(9091, "/-/ready"), check=web(9091, "/-/ready", "Ready")),
    Program("node-exporter", "prometheus-node-exporter curl", "prometheus-node-exporter --web.listen-address=127.0.0.1:9101",
            ready=web(9101, "/metrics"), check=web(9101, "/metrics", "node_")),
    Program("docker-registry", "docker-registry curl", "docker-registry serve r.yml",
            "printf 'version: 0.1\\nstorage: {filesystem: {rootdirectory: '$PWD'/d}}\\nhttp: {addr: 127.0.0.1:5001}\\n' >r.yml",
            web(5001, "/v2/"), check=web(5001, "/v2/", "{")),
    Program("git-daemon", "git", "git daemon --listen=127.0.0.1 --port=9419 --base-path=. --export-all",
            "git init -q --bare r", "git ls-remote git://127.0.0.1:9419/r", check="git ls-remote git://127.0.0.1:9419/r"),
    Program("svnserve", "subversion", "svnserve -d --foreground --listen-host 127.0.0.1 --listen-port 3691 -r .",
            "svnadmin create r", "svn info svn://127.0.0.1:3691/r", check="svn info svn://127.0.0.1:3691/r | grep -q UUID"),
    Program("beanstalkd", "beanstalkd", "beanstalkd -l 127.0.0.1 -p 11301", ready="nc -z 127.0.0.1 11301",
            before="printf 'put 1 0 60 2\\r\\nhi\\r\\n' | nc -q1 127.0.0.1 11301",
            check="printf 'peek-ready\\r\\n' | nc -q1 127.0.0.1 11301 | grep -q hi"),
    Program("ngircd", "ngircd", "ngircd -n -f n.conf", "printf '[Global]\\nName=x.y\\nPorts=6668\\nListen=127.0.0.1\\nServerGID=nogroup\\nServerUID=nobody\\n[Options]\\nPAM=no\\nIdent=no\\nDNS=no\\n' >n.conf; chmod a+r n.conf",
            "nc -z 127.0.0.1 6668", talks=(local(6668, ("PING x\r\n", "451")),)),
    Program("iperf3", "iperf3", "iperf3 -s -B 127.0.0.1 -p 5202", ready="iperf3 -c 127.0.0.1 -p 5202 -n 1M", check="iperf3 -c 127.0.0.1 -p 5202 -n 1M"),
    Program("zookeeper", "zookeeper", "java -cp '/usr/share/java/*:/etc/zookeeper/conf' org.apache.zookeeper.server.ZooKeeperServerMain 2182 $PWD/d",
            ready="nc -z 127.0.0.1 2182", check="nc -z 127.0.0.1 2182", settle=2),
    Program("transmission", "transmission-daemon curl", "transmission-daemon -f -g $PWD/c -r 127.0.0.1 -p 9092 -T", ready="nc -z 127.0.0.1 9092",
            check="curl -s http://127.0.0.1:9092/transmission/rpc | grep -q 409"),
    Program("qemu", "qemu-system-x86 seabios", "qemu-system-x86_64 -accel tcg -m 64 -display none -monitor unix:$PWD/m,server,nowait -nodefaults",
            ready="echo info status | nc -U -q1 m | grep running", check="echo info status | nc -U -q1 m | grep -q running", settle=1),
    # A page counts in its title. Its crash handler leaves the tree, if nobody in the tree takes orphans up.
    Program("chromium", "chromium curl python3", f"python3 -c '{ADOPT}' chromium --headless --no-sandbox --disable-gpu --user-data-dir=$PWD/u --remote-debugging-port=9223 file://$PWD/p.html",
            "echo '<title>0</title><script>let n=0;setInterval(()=>document.title=++n,100)</script>' >p.html",
            f"{TITLE} | grep -q .", check="for i in $(seq 100); do sleep 0.1; n=$(" + TITLE + "); [ ${n:-0} -gt $(cat seen || echo 0) ] && echo $n >seen && exit; done 2>/dev/null; exit 1", settle=2),
]

JAVA = """class C { public static void main(String[] a) throws Exception { java.util.List<byte[]> l = new java.util.ArrayList<>();
for (long n = 1;; n++) { l.add(new byte[100000]); if (l.size() > 100) l.clear(); java.nio.file.Files.writeString(java.nio.file.Path.of(\\"count\\"), n + \\"\\\\n\\"); Thread.sleep(50); } } }"""


def java(collector):
    return counter(f"java-{collector.lower()}", "openjdk-17-jdk-headless", f"java -Xmx200m -XX:+Use{collector}GC C.java",
                   f'printf "%s" "{JAVA}" >C.java', settle=3)


LANGUAGES = [
    java("Serial"), java("Parallel"), java("G1"), java("Z"), java("Shenandoah"),
    counter("python-pool", "python3", "python3 p.py",
            "printf 'import multiprocessing as m\\ndef f(n):\\n return n+1\\nif __name__==\"__main__\":\\n with m.Pool(3) as p:\\n  n=0\\n  while True:\\n   n=p.map(f,[n]*5)[0]\\n   open(\"count\",\"w\").write(str(n)+\"\\\\n\")\\n' >p.py"),
    counter("python-asyncio", "python3", "python3 p.py",
            "printf 'import asyncio\\nasync def f():\\n n=0\\n while True:\\n  n+=1\\n  open(\"count\",\"w\").write(str(n)+\"\\\\n\")\\n  p=await asyncio.create_subprocess_exec(\"true\")\\n  await p.wait()\\n  await asyncio.sleep(0.05)\\nasyncio.run(f())\\n' >p.py"),
    counter("node-watch-worker", "nodejs", "node p.js",
            "printf 'const w=require(\"worker_threads\"),f=require(\"fs\");if(w.isMainThread){let n=0;new w.Worker(__filename);f.mkdirSync(\"d\",{recursive:true});f.watch(\"d\",()=>f.writeFileSync(\"count\",(++n)+\"\\\\n\"))}else{setInterval(()=>f.writeFileSync(\"d/x\",\"y\"),100)}' >p.js"),
    counter("perl", "perl", "perl -e '$|=1; while(1){$n++; open F,\">count\"; print F \"$n\\n\"; close F; select undef,undef,undef,0.1}'"),
    counter("ruby-threads", "ruby", "ruby -e 'q=Queue.new; Thread.new{n=0; loop{q<<(n+=1); sleep 0.05}}; loop{File.write(\"count\",\"#{q.pop}\\n\")}'"),
    counter("php-counter", "php-cli", "php -r 'for($n=1;;$n++){file_put_contents(\"count\",\"$n\\n\");usleep(100000);}'"),
    counter("r", "r-base-core", "Rscript -e 'n<-0; repeat{n<-n+1; writeLines(as.character(n),\"count\"); Sys.sleep(0.1)}'", settle=1),
    counter("erlang", "erlang-base", "erl -noshell -noinput -eval 'F=fun(F,N)->file:write_file(\"count\",[integer_to_list(N),10]),timer:sleep(100),F(F,N+1) end,F(F,1).'", settle=1),
    counter("go", "golang-go", "./p", "printf 'package main\\nimport (\"fmt\";\"os\";\"time\")\\nfunc main(){c:=make(chan int);go func(){for n:=1;;n++{c<-n;time.Sleep(50*time.Millisecond)}}();for n:=range c{os.WriteFile(\"count\",[]byte(fmt.Sprintln(n)),0644)}}' >p.go; GOCACHE=$PWD/.c go build p.go"),
    counter("lua", "lua5.4", "lua5.4 -e 'n=0 while true do n=n+1 local f=io.open(\"count\",\"w\") f:write(n..\"\\n\") f:close() os.execute(\"sleep 0.1\") end'"),
    counter("guile", "guile-3.0", "guile --no-auto-compile -c '(let l ((n 1)) (with-output-to-file \"count\" (lambda () (display n) (newline))) (usleep 100000) (l (+ n 1)))'", settle=1),
    counter("tcl", "tcl", "tclsh p.tcl", "echo 'set n 0; while 1 {incr n; set f [open count w]; puts $f $n; close $f; after 100}' >p.tcl"),
    counter("ocaml", "ocaml-nox", "ocaml unix.cma p.ml", "mkdir -p x; echo 'let () = let n = ref 0 in while true do incr n; let f = open_out \"count\" in Printf.fprintf f \"%d\\n\" !n; close_out f; ignore (Unix.select [] [] [] 0.1) done' >p.ml; sed -i '1i #directory \"+unix\";;' p.ml"),
    counter("mono", "mono-mcs mono-runtime", "mono p.exe", "echo 'class C{static void Main(){for(int n=1;;n++){System.IO.File.WriteAllText(\"count\",n+\"\\n\");System.Threading.Thread.Sleep(100);}}}' >p.cs; mcs p.cs", settle=1),
    counter("bash-flock", "util-linux", "n=0; exec 9>lock; flock 9; while :; do n=$((n+1)); echo $n >count; sleep 0.1; done", shell=True),
    counter("make-gcc", "gcc make", "make -s -f m all", "printf 'all:\\n\\tn=0; while :; do n=$$((n+1)); gcc -O2 -c -o o.o c.c && echo $$n >count; done\\n' >m; (for i in $(seq 200); do echo \"int f$i(int a){int s=0;for(int i=0;i<a;i++)s+=i*$i;return s;}\"; done) >c.c", settle=1),
]

TERMINALS = [
    tmux("tmux-bash", "bash", "bash --norc", "'echo he''llo' Enter", "^hello"),
    tmux("tmux-zsh", "zsh", "zsh -f", "'echo he''llo' Enter", "^hello"),
    tmux("tmux-dash", "dash", "dash", "'echo he''llo' Enter", "^hello"),
    tmux("tmux-vim", "vim", "vim -u NONE f", "ihello Escape", "hello"),
    tmux("tmux-nano", "nano", "nano f", "hello", "hello"),
    tmux("tmux-emacs", "emacs-nox", "emacs -nw -Q f", "hello", "hello"),
    tmux("tmux-less", "less", "less f", "Space", "line", "seq -f 'line %g' 1000 >f"),
    tmux("tmux-top", "procps", "top -d 1", "c", "load average"),
    tmux("tmux-htop", "htop", "htop", "F5", "Tasks"),
    tmux("tmux-mc", "mc", "mc -u", "Down", "Hint\\|Menu"),
    tmux("tmux-python", "python3", "python3 -q", "'print(6*7)' Enter", "^42"),
    tmux("tmux-gdb", "gdb", "gdb -q -nx", "'print 6*7' Enter", "= 42"),
    Program("screen", "screen", "screen -D -m -S f bash --norc", "true", "SCREENDIR=$PWD/s screen -ls | grep -q '[.]f' || screen -ls | grep -q '[.]f'", "",
            "screen -ls | grep -q '[.]f'", settle=1),
]

PROGRAMS = SERVERS + LANGUAGES + TERMINALS
