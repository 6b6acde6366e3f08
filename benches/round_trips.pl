#!/usr/bin/env perl
# Stands between a client and a PostgreSQL server and counts round trips: how often
# the client spoke again after it had been answered. Statements that are pipelined
# go out together and count once; the log of the server cannot tell that.
#
#   round_trips.pl LISTEN_PORT SERVER_PORT OUTPUT
#
# Writes "connections round_trips bytes_from_server" to OUTPUT whenever a connection
# ends. Both ports are on 127.0.0.1; it runs until it is killed.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my ($listen, $port, $output) = @ARGV;
my $door = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $listen, Listen => 20, ReuseAddr => 1)
    or die "cannot listen on port $listen: $!\n";
my ($connections, $trips, $bytes) = (0, 0, 0);
my $select = IO::Select->new($door);
my (%other, %is_client, %answered);

while (my @ready = $select->can_read) {
    for my $from (@ready) {
        if ($from == $door) {
            my $client = $door->accept or next;
            my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "no server: $!\n";
            $_->autoflush(1) for $client, $server;
            @other{ $client, $server } = ($server, $client);
            ($is_client{$client}, $answered{$client}) = (1, 1);
            $select->add($client, $server);
            $connections++;
            next;
        }
        my $to = $other{$from} or next;
        my $got = sysread $from, my $data, 65536;
        if (!$got) {
            $select->remove($from, $to);
            delete @other{ $from, $to };
            close $_ for $from, $to;
            open my $file, '>', $output or die "$output: $!\n";
            print $file "$connections $trips $bytes\n";
            close $file;
            next;
        }
        if ($is_client{$from}) {
            $trips++ if $answered{$from};
            $answered{$from} = 0;
        }
        else {
            $answered{$to} = 1;
            $bytes += $got;
        }
        my $sent = 0;
        while ($sent < $got) {
            my $n = syswrite $to, $data, $got - $sent, $sent;
            last unless defined $n;
            $sent += $n;
        }
    }
}
