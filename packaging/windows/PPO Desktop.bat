@echo off
rem Opens PPO Desktop. This window shows the set-up, the first time, and then goes away.
cd /d "%~dp0..\.."
set "PYTHON=py -3"
set "PYTHON_WITHOUT_CONSOLE=pyw -3"
where py >nul 2>nul || (
    set "PYTHON=python"
    set "PYTHON_WITHOUT_CONSOLE=pythonw"
)
%PYTHON% --version >nul 2>nul || (
    echo PPO Desktop needs Python 3.11 to 3.14: install it from https://www.python.org/downloads/ and start again.
    pause
    exit /b 1
)
%PYTHON% packaging\launcher.py prepare || (
    pause
    exit /b 1
)
start "" %PYTHON_WITHOUT_CONSOLE% packaging\launcher.py double-click
