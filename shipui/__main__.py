from shipui.cli.main import main

main()
