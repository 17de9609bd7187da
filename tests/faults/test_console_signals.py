"""x"""
import signal, os, time
import pytest
from console.paths import DataFolder
from tests.faults.pty_console import *

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_sig(folder, number):
    with console_on(folder) as c:
        t=time.time()
        c.is_at_work()
        print("start", time.time()-t); t=time.time()
        send_tip(folder, "one")
        wait_stored(folder, "one")
        print("tip", time.time()-t); t=time.time()
        c.signal(number)
        code=c.ends()
        print("end", time.time()-t, code)
        assert code==128+number
        print(c.tty.modes_left_on(), c.tty.is_as_found(), c.tty.cursor_is_shown(), intake_of(folder))
        print(bytes(c.tty.bytes[-200:]))
