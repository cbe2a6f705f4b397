import Studies
import Testing

@testable import TrialRunners

/// What programs print on a GPU that is really full: an H200 of 139.80 GiB with torch 2.11, transformers 5.17, CuPy 14.2 and JAX 0.11.
/// Each is the end of a program that failed, as it stands in a trial's log.
struct FullDeviceTests {
    struct Text: Sendable {
        let log: String
        /// What the trial's error says: the telling line, and the words in it.
        let reason: String
        let words: String
        var place = TrialLife.Shortage.Memory.Place.device
    }

    private static let advice = """
        Search for `cudaErrorMemoryAllocation' in https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html for more information.
        CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.
        For debugging consider passing CUDA_LAUNCH_BLOCKING=1
        Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.

        """

    private static let batch = """
        torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 48.00 GiB. GPU 0 has a total capacity of 139.80 GiB of which 13.59 GiB \
        is free. Including non-PyTorch memory, this process has 126.20 GiB memory in use. Of the allocated memory 123.14 GiB is allocated by \
        PyTorch, and 2.39 GiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting \
        PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory Management  \
        (https://docs.pytorch.org/docs/stable/notes/cuda.html#optimizing-memory-usage-with-pytorch-cuda-alloc-conf)
        """

    private static let begun = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate "

    private static let texts = [
        // A step of PEFT's training whose batch does not fit; the progress bar ends after it.
        Text(
            log: """
                  File "/opt/venv/lib/python3.12/site-packages/torch/nn/functional.py", line 3504, in cross_entropy
                    return torch._C._nn.cross_entropy_loss(
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                \(batch)
                \r  0%|          | 0/4 [00:01<?, ?it/s]

                """, reason: begun + "48.00 GiB.", words: "CUDA out of memory"),
        // Another process has all of it: there is not even a context.
        Text(
            log: "    trainer = make_trainer(settings, output)\ntorch.AcceleratorError: CUDA error: out of memory\n" + advice,
            reason: "torch.AcceleratorError: CUDA error: out of memory", words: "CUDA error: out of memory"),
        // PYTORCH_ALLOC_CONF=backend:cudaMallocAsync
        Text(
            log: """
                torch.OutOfMemoryError: Allocation on device 0 would exceed allowed memory. (out of memory)
                Currently allocated     : 0 bytes
                Requested               : 32768.00 GiB
                Device limit            : 139.80 GiB
                Free (according to CUDA): 138.64 GiB
                PyTorch limit (set by user-supplied memory fraction)
                                        : 17179869184.00 GiB
                """, reason: "torch.OutOfMemoryError: Allocation on device 0", words: "torch.OutOfMemoryError"),
        Text(
            log: """
                \(begun)20.00 GiB. GPU 0 has a total capacity of 139.80 GiB of which 137.63 GiB is free. Process 3579 has 518.00 MiB memory \
                in use. Including non-PyTorch memory, this process has 518.00 MiB memory in use. 1.40 GiB allowed; Of the allocated memory \
                0 bytes is allocated by PyTorch, and 0 bytes is reserved by PyTorch but unallocated.
                """, reason: begun + "20.00 GiB.", words: "CUDA out of memory"),
        Text(
            log:
                "\(batch)\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n"
                + "  File \"train.py\", line 42, in step\n    raise RuntimeError(\"training step failed\") from error\n"
                + "RuntimeError: training step failed\n", reason: begun + "48.00 GiB.", words: "CUDA out of memory"),
        Text(
            log: """
                torch.OutOfMemoryError: Caught OutOfMemoryError in DataLoader worker process 0.
                Original Traceback (most recent call last):
                  File "/opt/venv/lib/python3.12/site-packages/torch/utils/data/_utils/worker.py", line 358, in _worker_loop
                    data = fetcher.fetch(index)  # type: ignore[possibly-undefined]
                           ^^^^^^^^^^^^^^^^^^^^
                \(begun)32768.00 GiB. GPU 0 has a total capacity of 139.80 GiB of which 138.16 GiB is free. Process 3591 has 552.00 MiB
                """, reason: begun + "32768.00 GiB.", words: "CUDA out of memory"),
        Text(
            log: """
                \(batch)
                Traceback (most recent call last):
                  File "/opt/venv/lib/python3.12/site-packages/accelerate/commands/launch.py", line 999, in simple_launcher
                    raise subprocess.CalledProcessError(returncode=process.returncode, cmd=cmd)
                subprocess.CalledProcessError: Command '['/opt/venv/bin/python3', 'sft.py']' returned non-zero exit status 1.
                """, reason: begun + "48.00 GiB.", words: "CUDA out of memory"),
        Text(
            log: "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`\n",
            reason: "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED", words: "CUBLAS_STATUS_ALLOC_FAILED"),
        Text(
            log: """
                torch.distributed.DistBackendError: NCCL error in: /pytorch/torch/csrc/distributed/c10d/NCCLUtils.cpp:93, unhandled cuda \
                error (run with NCCL_DEBUG=INFO for details), NCCL version 2.28.9
                ncclUnhandledCudaError: Call to CUDA function failed.
                Last error:
                Cuda failure 'out of memory'
                [W1126 17:57:33.941178047 ProcessGroupNCCL.cpp:1575] Warning: WARNING: destroy_process_group() was not called before program \
                exit, which can leak resources. For more info, please see https://pytorch.org/docs/stable/distributed.html#shutdown (function operator())
                """, reason: "Cuda failure 'out of memory'", words: "Cuda failure 'out of memory'"),
        Text(
            log: """
                  File "cupy/cuda/memory.pyx", line 1560, in cupy.cuda.memory.SingleDeviceMemoryPool._try_malloc
                cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 35,184,372,088,832 bytes (allocated so far: 0 bytes).
                """, reason: "cupy.cuda.memory.OutOfMemoryError: Out of memory", words: "cupy.cuda.memory.OutOfMemoryError"),
        Text(
            log: """
                W1126 17:56:58.608736    3591 bfc_allocator.cc:598] Allocator (GPU_0_bfc) ran out of memory trying to allocate 4.00TiB (rounded \
                to 4398046511104) from the lower end requested by op 
                If this is caused by memory fragmentation, the environment variable 'TF_GPU_ALLOCATOR=cuda_malloc_async' may improve the situation.
                jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4.00TiB with allocator GPU_0_bfc on \
                device 0. [executable_name='jit_broadcast_in_dim'] [tf-allocator-allocation-error='']
                """, reason: "jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED", words: "RESOURCE_EXHAUSTED: Out of memory"),
        // The host's memory, beside a GPU.
        Text(
            log: """
                RuntimeError: Caught RuntimeError in DataLoader worker process 0.
                Original Traceback (most recent call last):
                    data = [self.dataset[idx] for idx in possibly_batched_index]
                            ~~~~~~~~~~~~^^^^^
                RuntimeError: [enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate \
                4503599627370496 bytes. Error code 12 (Cannot allocate memory)
                """, reason: "RuntimeError: [enforce fail at alloc_cpu.cpp:127]",
            words: "DefaultCPUAllocator: can't allocate memory",
            place: .host),
        Text(
            log:
                "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 4.00 PiB for an array with shape (4503599627370496,)\n",
            reason: "numpy._core._exceptions._ArrayMemoryError", words: "_ArrayMemoryError", place: .host),
    ]

    @Test(arguments: texts) func `what a full device makes programs print is a want of memory, told by its line`(text: Text)
        throws
    {
        let sign = try #require(MemorySigns(LogEnd(text.log)).sign)
        #expect(sign.place == text.place && sign.words == text.words)
        #expect(sign.line.hasPrefix(text.reason), "\(sign.line)")
        let signs = ShortageSigns(log: LogEnd(text.log), machine: MachineSigns(memoryKillsRose: false))
        #expect(signs.shortage(behind: .exited(1)) == .memory(.init(text.place, .said, "its log says: \(text.words)")))
    }

    /// As printed with no byte of the device left: these libraries do not say that it was the memory, and say the same of other faults.
    private static let hints = [
        ("RuntimeError: cuDNN error: CUDNN_STATUS_INTERNAL_ERROR", "CUDNN_STATUS_INTERNAL_ERROR"),
        ("RuntimeError: cuFFT error: CUFFT_INTERNAL_ERROR", "CUFFT_INTERNAL_ERROR"),
        (
            "RuntimeError: cusolver error: CUSOLVER_STATUS_INTERNAL_ERROR, when calling `cusolverDnCreate(handle)`. If you keep seeing this "
                + "error, you may use `torch.backends.cuda.preferred_linalg_library()` to try linear algebra operators with other supported "
                + "backends.", "cusolverDnCreate(handle)"
        ),
        ("RuntimeError: CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`", "cublasCreate(handle)"),
    ]

    @Test(arguments: hints) func `what a full device may be behind is a perhaps, and the trial fails`(
        log: String, words: String
    ) {
        let signs = ShortageSigns(log: LogEnd(log + "\n"), machine: MachineSigns(memoryKillsRose: false))
        let memory = TrialLife.Shortage.Memory(.device, .possible, "perhaps: with no memory left, libraries fail at \(words)")
        #expect(signs.shortage(behind: .exited(1)) == .memory(memory))
        #expect(signs.shortage(behind: .exited(0)) == nil)
        #expect(MemorySigns(LogEnd(log)).sign == nil)
        #expect(MemorySigns(LogEnd(log + "\n{\"step\": 3, \"eval_loss\": 0.5}\nKeyError: 'text'")).hint == nil, "it went on")
    }

    @Test(arguments: [
        "RuntimeError: CUDA error: an illegal memory access was encountered",
        "    handle = cublasCreate(handle)", "CUDNN_STATUS_INTERNAL_ERROR is retried", "ValueError: lr",
    ]) func `other errors hint at nothing`(log: String) {
        #expect(MemorySigns(LogEnd(log)).hint == nil)
    }
}
