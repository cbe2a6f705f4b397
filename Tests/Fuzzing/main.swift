import ArgumentParser

#if !LIBFUZZER
    FuzzCommand.main()
#endif
