<?php
// What php-redis does at the RESP ports of two sidecars: redis_clients.php HERE THERE DIRECT

const PATIENCE_SECONDS = 60;

function connect(int $port): Redis {
    $client = new Redis();
    $client->connect('127.0.0.1', $port, PATIENCE_SECONDS);
    $client->setOption(Redis::OPT_READ_TIMEOUT, PATIENCE_SECONDS);
    return $client;
}

function same($found, $expected): void {
    if ($found !== $expected) {
        throw new Exception(var_export($found, true) . ' instead of ' . var_export($expected, true));
    }
}

function eventually(callable $read, $expected): void {
    $end = microtime(true) + PATIENCE_SECONDS;
    do {
        try {
            $found = $read();
        } catch (RedisException $lost) {
            $found = $lost->getMessage();
        }
        if ($found === $expected) {
            return;
        }
        usleep(1000);
    } while (microtime(true) < $end);
    same($found, $expected);
}

[$here, $there, $direct] = array_map(fn ($port) => connect((int) $port), array_slice($argv, 1, 3));

$checks = [
    'reads' => function () use ($here, $there, $direct) {
        $here->set('user:1', 'Ada');
        same($here->get('user:1'), 'Ada');
        eventually(fn () => $there->get('user:1'), 'Ada');
        for ($i = 0; $i < 300; $i++) {
            same($here->get('user:1'), 'Ada');
            same($there->get('user:1'), 'Ada');
        }
        $direct->set('user:1', 'Grace');
        eventually(fn () => $here->get('user:1'), 'Grace');
        eventually(fn () => $there->get('user:1'), 'Grace');
    },
    'own writes' => function () use ($here) {
        for ($i = 0; $i < 200; $i++) {
            $here->set('user:own', "$i");
            same($here->get('user:own'), "$i");
            $here->del('user:own');
            same($here->get('user:own'), false);
        }
        $here->setex('user:session', 100, 'token');
        same($here->ttl('user:session') > 0, true);
    },
    'pipelines' => function () use ($here, $there, $direct) {
        $batch = $here->multi(Redis::PIPELINE);
        for ($i = 0; $i < 300; $i++) {
            $batch->set('user:p' . $i % 7, "$i")->get('user:p' . $i % 7);
        }
        foreach ($batch->exec() as $i => $answer) {
            same($answer, $i % 2 === 0 ? true : (string) intdiv($i, 2));
        }
        same($there->mGet(['user:p0', 'user:p1']), $direct->mGet(['user:p0', 'user:p1']));
    },
    'transactions' => function () use ($here, $there) {
        $here->get('user:t');
        same($here->multi()->set('user:t', '1')->get('user:t')->incr('user:t')->exec(), [true, '1', 2]);
        same($here->get('user:t'), '2');
        eventually(fn () => $there->get('user:t'), '2');
        $here->watch('user:t');
        $there->set('user:t', '3');
        same($here->multi()->set('user:t', '4')->exec(), false);
        same($here->get('user:t'), '3');
    },
    'scripts' => function () use ($here) {
        for ($i = 0; $i < 50; $i++) {
            $here->get('user:s');
            $here->eval("return redis.call('set', ARGV[1], ARGV[2])", ['user:s', "$i"], 0);
            same($here->get('user:s'), "$i");
        }
    },
    'messages' => function () use ($argv) {
        $listener = connect((int) $argv[1]);
        $heard = null;
        try {
            $listener->subscribe(['invalidate_user:1'], function ($client, $channel, $message) use (&$heard) {
                $heard = $message;
                $client->close(); // which ends the loop with an exception
            });
        } catch (RedisException $closed) {
        }
        same($heard, 'gone');
    },
    'other types' => function () use ($here, $there) {
        $here->hMSet('user:h', ['name' => 'Ada']);
        same($there->hGetAll('user:h'), ['name' => 'Ada']);
        same($here->get('user:h'), false);
        same(str_contains($here->getLastError(), 'WRONGTYPE'), true);
    },
    'reconnects' => function () use ($here, $there, $direct) {
        $here->set('user:kept', 'before');
        eventually(fn () => $there->get('user:kept'), 'before');
        $direct->rawCommand('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        $direct->set('user:kept', 'after');
        eventually(fn () => $here->get('user:kept'), 'after');
        eventually(fn () => $there->get('user:kept'), 'after');
    },
];

foreach ($checks as $name => $check) {
    if ($name === 'messages') {
        // SUBSCRIBE blocks, so another process publishes.
        $publisher = proc_open(
            [PHP_BINARY, '-r', '$r = new Redis(); $r->connect("127.0.0.1", ' . (int) $argv[2] . ');'
                . ' while ($r->publish("invalidate_user:1", "gone") === 0) { usleep(1000); }'], [], $pipes);
        $check();
        same(proc_close($publisher), 0);
    } else {
        $check();
    }
    echo "$name\n";
}
