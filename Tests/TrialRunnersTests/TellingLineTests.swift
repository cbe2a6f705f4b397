import Testing

@testable import TrialRunners

struct TellingLineTests {
    @Test(arguments: [
        (
            """
            {"step": 1, "loss": 0.5}
            Traceback (most recent call last):
              File "train.py", line 3, in <module>
                raise ValueError("lr is too high")
            ValueError: lr is too high
            """, "ValueError: lr is too high"
        ),
        ("Traceback (most recent call last):\n  x\nKeyboardInterrupt\n", "KeyboardInterrupt"),
        (
            "a\ntorch.OutOfMemoryError: CUDA out of memory. Tried\n[W] cleaning up\n",
            "torch.OutOfMemoryError: CUDA out of memory. Tried"
        ),
        ("[rank0]: RuntimeError: NCCL error\n", "[rank0]: RuntimeError: NCCL error"),
        (
            """
              + Exception Group Traceback (most recent call last):
              |   File "t.py", line 1, in <module>
              | ExceptionGroup: many (2 sub-exceptions)
              +-+---------------- 1 ----------------
                | ValueError: inner one
                +---------------- 2 ----------------
                | TypeError: t
                +------------------------------------
            """, "TypeError: t"
        ),
        ("  | ExceptionGroup: many (1 sub-exception)\n  +----\n", "ExceptionGroup: many (1 sub-exception)"),
        ("+ python train.py\n", "+ python train.py"),
        // Of several the last: what was raised while another one was handled.
        ("KeyError: 'a'\n\nDuring handling ...\nTypeError: b\n", "TypeError: b"),
        (" 10%|#  | 1/10 [00:01<00:09, 1.2it/s]\rValueError: no data\r\n", "ValueError: no data"),
        ("\u{1B}[31mfatal: not a git repository\u{1B}[0m\nbye\n", "fatal: not a git repository"),
        (
            "usage: train.py [-h]\ntrain.py: error: unrecognized arguments: --x=1\n",
            "train.py: error: unrecognized arguments: --x=1"
        ),
        ("sh: 1: nosuch: not found\n", "sh: 1: nosuch: not found"),
        ("loading\nno luck\n{'loss': 1}\n", "no luck"),
        ("autolora: launch 2\nSegmentation fault (core dumped)\n", "Segmentation fault (core dumped)"),
    ])
    func `The line that tells why a program failed is found`(log: String, line: String) {
        #expect(TellingLine.find(in: log) == line)
    }

    @Test(arguments: [
        ("loading\nthe loader died\ntrial 2 begins\n", "loading\nthe loader died\n", "the loader died"),
        ("error rate 0.2\nno data\n", "no data\n", "error rate 0.2"),
        ("error rate 0.2\nerror: no data\nerror rate 0.3\n", "error: no data\n", "error: no data"),
        ("ValueError: lr\nbye\n", "bye\n", "ValueError: lr"),
        ("no data\n99%|##| 1/1\n", "99%|##| 1/1\n", "no data"),
    ])
    func `What is said as an error goes before what is printed`(log: String, errors: String, line: String) {
        #expect(TellingLine.find(in: log, errors: errors) == line)
    }

    @Test(arguments: ["", "\n\n", "{\"score\": 1}\n", "autolora: launch 3\n", "99%|####| 1/1 [00:00<00:00, 9it/s]"])
    func `Where there is none, none is made up`(log: String) {
        #expect(TellingLine.find(in: log) == nil)
    }

    @Test func `An endless line is cut`() {
        #expect(TellingLine.find(in: "error: " + String(repeating: "x", count: 5000))?.count == 203)
    }
}
