import Studies
import Testing

@testable import TrialRunners

/// Texts as trainers and their libraries print them.
struct MemorySignsTests {
    private static let torch = """
        Traceback (most recent call last):
          File "/opt/sft.py", line 168, in main
            trainer.train()
        torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.69 GiB of which \
        1.12 GiB is free. Including non-PyTorch memory, this process has 22.56 GiB memory in use. Of the allocated memory 21.90 GiB \
        is allocated by PyTorch, and 213.32 MiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is \
        large try setting PYTORCH_ALLOC_CONF=expandable_segments:True to avoid fragmentation.
        """

    /// What torchrun prints after it.
    private static func table(exitcode: String, traceback: String, failures: String = "  <NO_OTHER_FAILURES>") -> String {
        """
        E1126 07:30:00.000000 4711 torch/distributed/elastic/multiprocessing/api.py:984] failed (exitcode: \(exitcode)) local_rank: 0 \
        (pid: 4712) of binary: /opt/venv/bin/python
        Traceback (most recent call last):
          File "/opt/venv/lib/python3.11/site-packages/torch/distributed/run.py", line 990, in <module>
            main()
        torch.distributed.elastic.multiprocessing.errors.ChildFailedError: 
        ============================================================
        bridge.py FAILED
        ------------------------------------------------------------
        Failures:
        \(failures)
        ------------------------------------------------------------
        Root Cause (first observed failure):
        [0]:
          time      : 2026-11-26_07:30:00
          host      : node
          rank      : 0 (local_rank: 0)
          exitcode  : \(exitcode) (pid: 4712)
          error_file: <N/A>
          traceback : \(traceback)
        ============================================================
        """
    }

    private static let untraced = "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html"
    private static let killedRank = table(exitcode: "-9", traceback: "Signal 9 (SIGKILL) received by PID 4712")

    private static let accelerate = """
        Traceback (most recent call last):
          File "/opt/venv/bin/accelerate", line 8, in <module>
            sys.exit(main())
        subprocess.CalledProcessError: Command '['/opt/venv/bin/python', 'sft.py', '--config', 'x.yaml']'
        """
    private static let killedChild = accelerate + " died with <Signals.SIGKILL: 9>."

    private static let wants: [(log: String, place: TrialLife.Shortage.Memory.Place)] = [
        (torch, .device),
        (
            "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 7.79 GiB total capacity)",
            .device
        ),
        ("RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB", .device),
        ("torch.OutOfMemoryError: HIP out of memory. Tried to allocate 16.00 GiB.", .device),
        ("torch.OutOfMemoryError: XPU out of memory. Tried to allocate 128.00 GiB.", .device),
        ("torch.AcceleratorError: CUDA error: out of memory", .device),
        ("RuntimeError: CUDA driver error: out of memory", .device),
        ("RuntimeError: Triton Error [CUDA]: out of memory", .device),
        ("RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", .device),
        ("RuntimeError: cuDNN error: CUDNN_STATUS_ALLOC_FAILED", .device),
        (
            "RuntimeError: MPS backend out of memory (MPS allocated: 9.05 GB, other allocations: 2.1 GB, max allowed: 18.13 GB).",
            .device
        ),
        (
            "libc++abi: terminating due to uncaught exception of type std::runtime_error: [METAL] Command buffer execution failed: "
                + "Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)", .device
        ),
        (
            "RuntimeError: [metal::malloc] Attempting to allocate 137438953472 bytes which is greater than the maximum allowed",
            .device
        ),
        ("ValueError: [malloc] Unable to allocate 137438953472 bytes.", .host),
        (
            "jaxlib._jax.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 137438953472 bytes.",
            .device
        ),
        ("[1,0]<stderr>: node:123:456 [0] NCCL WARN Cuda failure 'out of memory'", .device),
        (
            "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 8000 MiB on device 0: cudaMalloc failed: out of memory",
            .device
        ),
        (
            "RuntimeError: [enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
                + "allocate 400000000000000 bytes. Error code 12 (Cannot allocate memory)", .host
        ),
        ("RuntimeError: [enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: not enough memory: you tried", .host),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array with shape (1000000000,)", .host),
        ("Traceback (most recent call last):\n  x = [0] * n\nMemoryError", .host),
        ("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc", .host),
        ("OSError: [Errno 12] Cannot allocate memory", .host),
        ("memory allocation of 34359738368 bytes failed", .host),
        (
            "slurmstepd: error: Detected 1 oom_kill event in StepId=4711.batch. Some of the step tasks have been OOM Killed.",
            .host
        ),
        ("sh: 1: Cannot fork: Cannot allocate memory", .host),
        (
            "RuntimeError: DataLoader worker (pid 4713) is killed by signal: Bus error. It is possible that dataloader's workers "
                + "are out of shared memory. Please try to raise your shared memory limit.", .shared
        ),
        ("RuntimeError: unable to write to file </torch_4713_1_0>: No space left on device (28)", .shared),
        // Under launchers, whose own words come after it.
        (torch + "\n" + accelerate + " returned non-zero exit status 1.", .device),
        (
            torch.replacing("torch.Out", with: "[rank0]: torch.Out")
                + "\n[rank1]: torch.distributed.DistBackendError: NCCL error\n"
                + table(exitcode: "1", traceback: untraced), .device
        ),
        (torch.replacing("torch.Out", with: "[rank1]: torch.Out") + "\n[rank0]: ValueError: peer is gone", .device),
        (
            "[rank1]: torch.OutOfMemoryError: CUDA out of memory. Tried\n{'loss': '1.2', 'epoch': 1}\n"
                + table(exitcode: "1", traceback: untraced), .device
        ),
        // After words that mostly stand before what may happen.
        ("training could not go on: CUDA out of memory", .device),
        ("error: the batch didn't fit: CUDA out of memory", .device),
        // What it advises.
        ("RuntimeError: CUDA out of memory. Please reduce the batch size and try again", .device),
        ("RuntimeError: UR error: UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY", .device),
        ("RuntimeError: Native API failed. Native API returns: -5 (PI_ERROR_OUT_OF_RESOURCES)", .device),
        // And with what cleaning up says.
        (torch + "\n\nDuring handling of the above exception, another exception occurred:\n\nTypeError: close", .device),
        (
            "\u{1B}[31m\u{1B}[1mtorch.OutOfMemoryError\u{1B}[0m: CUDA out of memory. Tried\n 10%|#   | 1/10 [00:01<00:09]",
            .device
        ),
    ]

    @Test(arguments: wants) func `a want of memory is told from what trainers print`(
        log: String, place: TrialLife.Shortage.Memory.Place
    ) {
        #expect(MemorySigns(LogEnd(log)).sign?.place == place)
    }

    private static let mentions = [
        "oom_retry: false\non_out_of_memory: halve_batch\nmemory_cap: 8GiB\nValueError: bad",
        #"{"optim": "adamw_torch", "torch_empty_cache_steps": null, "auto_find_batch_size": false, "skip_memory_metrics": true}"#,
        "UserWarning: this may lead to CUDA out of memory; set expandable_segments to avoid OOM",
        "WARNING: set PYTORCH_ALLOC_CONF=expandable_segments:True to avoid CUDA out of memory errors",
        "[WARNING|trainer.py:812] 2026-11-26 >> CUDA out of memory was seen before",
        "[INFO|trainer.py:812] torch.OutOfMemoryError is retried",
        "If you run out of memory, lower the batch size",
        "gradient_checkpointing: true  # or the GPU runs out of memory\nKeyError: 'text'",
        "  --auto-batch          what to do on out of memory\nusage: train.py [-h]",
        "    except torch.cuda.OutOfMemoryError:\n        pass\nKeyError: 'a'",
        #"    if "CUDA out of memory" in str(error):"#,
        #"    raise RuntimeError("CUDA out of memory")"#,
        "CUDA out of memory, skipping batch 12\nSegmentation fault (core dumped)",
        "RuntimeError: CUDA error: an illegal memory access was encountered",
        "RuntimeError: CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "RuntimeError: [metal::malloc] Resource limit (499000) exceeded.",
        "triton.runtime.errors.OutOfResources: out of resource: shared memory, Required: 147456, Hardware limit: 101376",
        "Some weights were not initialized; memory usage 12.1 GiB, peak memory 14 GiB\nzsh: exit 1",
        "Bus error (core dumped)",
        // It was caught, and something else is what it ended by.
        torch + "\nhalving the batch\nFileNotFoundError: [Errno 2] No such file or directory: 'x'",
        torch + "\n{\"step\": 3, \"eval_loss\": 0.5}\nSegmentation fault (core dumped)",
    ]

    @Test(arguments: mentions) func `words that only mention memory are no sign of a want of it`(log: String) {
        #expect(MemorySigns(LogEnd(log)).sign == nil)
    }

    @Test func `a sign far above the end is found, one that could be anything is not`() {
        let rest = (0..<2000).map { "progress \($0) of many, nothing to see" }.joined(separator: "\n")
        #expect(MemorySigns(LogEnd(Self.torch + "\n" + rest)).sign?.place == .device)
        #expect(MemorySigns(LogEnd("malloc: Cannot allocate memory\n" + rest)).sign == nil)
        #expect(MemorySigns(LogEnd("malloc: Cannot allocate memory")).sign?.words == "Cannot allocate memory")
    }

    // MARK: - Killed under a launcher

    private static let relays: [(log: String, signal: Int?)] = [
        (killedChild, 9),
        (accelerate + " died with <Signals.SIGTERM: 15>.", 15),
        (accelerate + " died with <Signals.SIGABRT: 6>.", nil),
        (accelerate + " returned non-zero exit status 1.", nil),
        (killedRank, 9),
        ("[rank1]: torch.distributed.DistBackendError: NCCL error in: x\n" + killedRank, 9),
        // The others were killed for what the first one raised.
        (
            "[rank0]: ValueError: lr\n"
                + table(exitcode: "1", traceback: untraced, failures: "[1]:\n  exitcode  : -9 (pid: 4713)"), nil
        ),
        (table(exitcode: "1", traceback: untraced, failures: "[1]:\n  exitcode  : -9 (pid: 4713)"), nil),
        ("[rank0]: ValueError: lr\n" + killedRank, nil),
        (
            "RuntimeError: DataLoader worker (pid 4713) is killed by signal: Killed.\n\nThe above exception was the direct cause\n"
                + "RuntimeError: DataLoader worker (pid(s) 4713) exited unexpectedly", 9
        ),
        ("ValueError: exitcode -9", nil),
        ("", nil),
    ]

    @Test(arguments: relays) func `a signal behind a launcher's exit is told from its log`(log: String, signal: Int?) {
        let ending = LauncherSigns(LogEnd(log)).ending(behind: .exited(1))
        #expect(ending.foreignSignal == signal)
        #expect(LauncherSigns(LogEnd(log)).ending(behind: .exited(0)) == .exited(0))
        #expect(LauncherSigns(LogEnd(log)).ending(behind: .signaled(11)) == .signaled(11))
        #expect(LauncherSigns(LogEnd(log)).ending(behind: .exited(137)) == .exited(137))
    }

    @Test func `killed under a launcher it is memory where the kernel counts it`() {
        for log in [Self.killedChild, Self.killedRank] {
            for (rose, certainty) in [(true, TrialLife.Shortage.Memory.Certainty.counted), (nil, .possible), (false, nil)] {
                let signs = ShortageSigns(log: LogEnd(log), machine: MachineSigns(memoryKillsRose: rose))
                let shortage = signs.shortage(behind: .relayed(signal: 9, code: 1))
                if case .memory(let memory) = shortage {
                    #expect(memory.certainty == certainty)
                } else {
                    #expect(certainty == nil)
                }
            }
        }
    }
}
