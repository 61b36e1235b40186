using Tessera.Host.CommandLine;

return TesseraCli.Run(args, CliConsole.OfProcess());
