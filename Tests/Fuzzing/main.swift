import ArgumentParser

#if LIBFUZZER
    LibFuzzer.main()
#else
    FuzzCommand.main()
#endif
